// Checks the frames that a socket receives in one session against the expected outcomes. Reads each server frame once.
import { SERVER_MESSAGES, serverFrameFault } from '../../conformance/frames.ts';
import type { Json } from '../people.ts';
import type { Miss } from './answers.ts';
import { type FrameCase, type Outcome, outcomeOf, type Session } from './frames.ts';
import type { RawSocket } from './raw_socket.ts';

export interface SessionCheck {
  /** Whether every message was answered, store_unavailable included, or the socket has closed. */
  isAnswered(): boolean;
  /** Frames that were answered with store_unavailable since the last call. */
  toSendAgain(): FrameCase[];
  /** The seq of the room after this session. */
  lastSeq(): number | undefined;
  miss(): Miss | undefined;
}

type Created = Extract<Outcome, { is: 'created' }>;
type Refused = Extract<Outcome, { is: 'error' }>;

/** @param began the expected lastSeq of room.joined; undefined accepts any. */
export function checkSession({ frames, closes }: Session, socket: RawSocket, began: number | undefined): SessionCheck {
  const outcomes = frames.map(outcomeOf);
  const waiting = new Map<string, { outcome: Created; frame: FrameCase }>();
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.is === 'created') waiting.set(outcome.id, { outcome, frame: frames[at]! });
  }
  const expected = waiting.size;
  const refused = outcomes.filter((one): one is Refused => one.is === 'error');
  const busy: FrameCase[] = [];
  let [read, errors] = [0, 0];
  let lastSeq: number | undefined;
  let joined: number | undefined;
  let miss: Miss | undefined;
  const fail = (kind: Miss['kind'], detail: string) => {
    miss ??= { kind, detail };
  };

  const take = (frame: Json) => {
    const shown = JSON.stringify(frame).slice(0, 400);
    const fault = SERVER_MESSAGES.includes(frame.type) ? serverFrameFault(frame) : 'the type is unknown';
    if (fault) fail('undeclared', `${fault}: ${shown}`);
    if (read === 1 && frame.type !== 'room.joined') fail('undeclared', `room.joined is not the first frame: ${shown}`);
    if (frame.type === 'room.joined') {
      lastSeq = joined = frame.lastSeq;
      if (began !== undefined && frame.lastSeq !== began) {
        fail('changed something', `the room has ${frame.lastSeq} events, not the ${began} that were acknowledged`);
      }
    } else if (frame.type === 'message.created') created(frame, shown);
    else if (frame.type === 'error') error(frame, shown);
    else if (typeof frame.seq === 'number') fail('wrong accept', shown);
  };

  const created = (frame: Json, shown: string) => {
    const wanted = waiting.get(frame.id);
    if (!wanted) return fail('wrong accept', shown);
    if (frame.content !== wanted.outcome.content) fail('changed something', `another text was stored: ${shown}`);
    if (frame.seq !== lastSeq! + 1) fail('changed something', `after seq ${lastSeq} came ${shown}`);
    lastSeq = frame.seq;
    waiting.delete(frame.id);
  };

  const error = (frame: Json, shown: string) => {
    if (frame.code === 'store_unavailable') {
      const wanted = waiting.get(frame.refId);
      if (wanted) busy.push(wanted.frame);
      return;
    }
    const wanted = refused[errors];
    errors += 1;
    if (!wanted) return fail('wrong refusal', shown);
    if (frame.code !== wanted.code) fail('undeclared', `not ${wanted.code}: ${shown}`);
    if (wanted.refId !== undefined && frame.refId !== wanted.refId)
      fail('undeclared', `refId is not ${wanted.refId}: ${shown}`);
    if ((frame.pointer !== undefined) !== (frame.code === 'invalid_frame')) fail('undeclared', `pointer: ${shown}`);
  };

  const look = () => {
    while (read < socket.frames.length) take(socket.frames[read++]);
  };

  return {
    isAnswered: () => {
      look();
      // Errors arrive in the order of the frames, so all of them have arrived when the socket closes.
      const answered = joined !== undefined && waiting.size <= busy.length;
      return answered || socket.closed !== undefined || miss !== undefined;
    },
    toSendAgain: () => busy.splice(0),
    lastSeq: () => (miss || joined === undefined ? undefined : joined + expected),
    miss: () => {
      look();
      if (miss) return miss;
      if (errors < refused.length) fail('wrong accept', `${refused.length - errors} off-spec frames got no error`);
      if (waiting.size > 0)
        fail('wrong refusal', `${waiting.size} messages were not acknowledged: ${[...waiting.keys()][0]}`);
      if (socket.closed !== closes) fail('undeclared', `it closed with ${socket.closed}, not ${closes}`);
      return miss;
    },
  };
}
