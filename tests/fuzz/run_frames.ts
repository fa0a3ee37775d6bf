// Sends the frames of a seed over real sockets, each lane in its own room, and compares the answers with the expected
// outcomes: an acknowledgement, one error, a close. The room's seq proves that nothing else was stored.
import WebSocket from 'ws';
import { sleep } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import type { Miss } from './answers.ts';
import { type FrameCase, frameCase, outcomeOf, type Session, sessionOf } from './frames.ts';
import { openRawSocket } from './raw_socket.ts';
import type { Run } from './run_requests.ts';
import { checkSession } from './session_check.ts';
import { fewer, shorter } from './shrink.ts';

const LANES = 12;
const PATIENCE_MS = 30_000;
/** The same while a case is shrunk, when a frame without an answer is tried many times. */
const SHORT_PATIENCE_MS = 3_000;
/** Age at which a room token is replaced; it is valid for 60 s. */
const TOKEN_MS = 30_000;
/** How often a frame that was answered with store_unavailable is sent again. */
const BUSY_TRIES = 10;

/** A room and its member. A second socket stays connected, so that chat keeps the room open. */
interface Lane {
  member: Member;
  room: RecordedRoom;
  /** The expected lastSeq of room.joined; undefined when it is unknown after a failure. */
  lastSeq: number | undefined;
  token(): Promise<string>;
}

export async function runFrames(run: Run, first: number, count: number): Promise<void> {
  const end = first + count;
  let next = first;
  /** The next session. Where it ends depends on the frames alone. */
  const take = (): Session | undefined => {
    if (next >= end || run.tally.isOver) return undefined;
    const session = sessionOf(casesFrom(run.seed, next, end));
    next += session.frames.length + (session.last ? 1 : 0);
    return session;
  };
  const live = async () => {
    const lane = await openLane(run);
    const witness = await stayIn(run, lane);
    for (let session = take(); session; session = take()) await runSession(run, lane, session);
    witness.terminate();
  };
  await Promise.all(Array.from({ length: LANES }, live));
}

function* casesFrom(seed: number, first: number, end: number): Generator<FrameCase> {
  for (let index = first; index < end; index += 1) yield frameCase(seed, index);
}

async function openLane({ cast: { records } }: Run): Promise<Lane> {
  const [member] = (await records.members(1)) as [Member];
  const room = await records.room(member);
  let token = '';
  let made = Number.NEGATIVE_INFINITY;
  return {
    member,
    room,
    lastSeq: 0,
    token: async () => {
      if (performance.now() - made > TOKEN_MS) {
        made = performance.now();
        token = await records.roomToken(member, room);
      }
      return token;
    },
  };
}

async function stayIn({ url }: Run, lane: Lane): Promise<WebSocket> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}${pathOf(lane)}`, {
    headers: { authorization: `Bearer ${await lane.token()}` },
  });
  ws.on('error', () => undefined);
  await new Promise((resolve) => ws.once('message', resolve).once('close', resolve));
  return ws;
}

const pathOf = ({ room }: Lane) => `/ws/${encodeURIComponent(room.name)}`;

async function runSession(run: Run, lane: Lane, session: Session): Promise<void> {
  const all = [...session.frames, ...(session.last ? [session.last] : [])];
  for (const one of all) run.tally.count(...columnOf(one, session));
  const miss = await attempt(run, lane, session);
  if (!miss) return;
  lane.lastSeq = undefined;
  let { detail } = miss;
  const fails = async (frames: FrameCase[]) => {
    const cut = sessionOf(frames);
    if (frames.length === 0 || cut.frames.length + (cut.last ? 1 : 0) !== frames.length) return false;
    const again = await attempt(run, await openLane(run), cut, SHORT_PATIENCE_MS);
    if (again?.kind !== miss.kind) return false;
    detail = again.detail;
    return true;
  };
  const smallest = await run.tally.shrink(all, smallerFrames, fails);
  const which = `frame ${all[0]!.index}`;
  run.tally.failures.push({ kind: miss.kind, which, detail, smallest: smallest.map(shown).join('\n') });
}

function* smallerFrames(frames: FrameCase[]): Generator<FrameCase[]> {
  yield* fewer(frames);
  for (const [at, one] of frames.entries()) {
    if (one.fragments > 1) yield frames.with(at, { ...one, fragments: 1 });
    for (const payload of shorter(one.payload)) yield frames.with(at, { ...one, payload });
  }
}

/** The frame as a line that can be sent by hand. */
const shown = ({ payload, isBinary }: FrameCase) =>
  isBinary ? `binary ${payload.toString('hex')}` : JSON.stringify(payload.toString('latin1'));

function columnOf(one: FrameCase, session: Session): [row: string, column: string] {
  const outcome = outcomeOf(one);
  if (one === session.last) return ['closing frame', String(session.closes)];
  if (outcome.is === 'error') return ['off-spec frame', outcome.code];
  return outcome.is === 'created' ? ['message.send', 'message.created'] : ['other frame', 'accepted'];
}

/** Opens a socket, sends a session and returns what was wrong. */
async function attempt(run: Run, lane: Lane, session: Session, ms = PATIENCE_MS): Promise<Miss | undefined> {
  const socket = await openRawSocket(run.url, pathOf(lane), await lane.token(), ms);
  try {
    if (socket.refusal !== undefined) {
      if (!/^HTTP\/1.1 503/.test(socket.refusal)) return { kind: 'no answer', detail: socket.refusal.slice(0, 300) };
      run.tally.busy += 1;
      await sleep(1_000);
      return await attempt(run, lane, session, ms);
    }
    const check = checkSession(session, socket, lane.lastSeq);
    socket.send(session.frames);
    for (let tries = 0; ; tries += 1) {
      const isDone = await socket.until(check.isAnswered, ms);
      const again = check.toSendAgain();
      if (!isDone || again.length === 0 || tries >= BUSY_TRIES) break;
      run.tally.busy += again.length;
      await sleep(500);
      socket.send(again);
    }
    if (session.last) socket.send([session.last]);
    else socket.close(session.closes);
    await socket.until(() => socket.closed !== undefined, ms);
    lane.lastSeq = check.lastSeq();
    return check.miss();
  } finally {
    socket.destroy();
  }
}
