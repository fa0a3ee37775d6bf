// Handles each frame from a client: validates, counts and answers it. No frame can make it throw.
import type { MessageRates } from '@parlance/service/message_rates.ts';
import { SlidingWindow } from '@parlance/service/sliding_window.ts';
import { inWords } from '@parlance/service/wording.ts';
import type { ClientFrame, MessageSend } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Fault, validateClientFrame } from '@parlance/specs/validators.js';
import type { RawData, WebSocket } from 'ws';
import type { ChatMetrics } from '../metrics.ts';
import type { Outbox } from '../outbox.ts';
import type { Room } from '../room.ts';
import type { AppendOutcome } from '../website.ts';
import type { Connection } from './connection.ts';

export interface HandlerParts {
  outbox: Outbox;
  /** Over all sockets of this process. */
  messageRates: MessageRates;
  /** Maximum of frames of any kind from one socket in 10 s. More is a flood. */
  framesPer10s: number;
  metrics: ChatMetrics;
  /** The log says that the room is gone. */
  roomGone(roomId: string): void;
}

/** Handles what comes through `ws` until it closes. */
export function handleFrames(ws: WebSocket, connection: Connection, room: Room, parts: HandlerParts): void {
  const frames = new SlidingWindow(parts.framesPer10s, 10_000);
  const offSpec = new SlidingWindow(LIMITS.offSpecPerMinute, 60_000);

  const flooded = () => {
    if (frames.take('', performance.now()) === 0) return false;
    connection.close(4002);
    return true;
  };
  const refuseOffSpec = (
    code: 'invalid_json' | 'invalid_frame',
    detail: string,
    more: { pointer?: string; refId?: string },
  ) => {
    parts.metrics.offSpecFrames.add(code);
    if (offSpec.take('', performance.now()) > 0) return connection.close(4500);
    connection.refuse(code, detail, more);
  };

  ws.on('ping', flooded);
  ws.on('pong', flooded);
  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (!connection.isOpen || flooded()) return;
    if (isBinary) {
      parts.metrics.offSpecFrames.add('binary');
      return connection.close(1003);
    }
    let frame: unknown;
    try {
      frame = JSON.parse(data.toString());
    } catch {
      return refuseOffSpec('invalid_json', 'The frame is not JSON.', {});
    }
    if (validateClientFrame(frame)) {
      try {
        return handle(frame, connection, room, parts);
      } catch (err) {
        return connection.failed(err, refOf(frame));
      }
    }
    const { detail, pointer } = faultOf(validateClientFrame.errors?.[0]);
    refuseOffSpec('invalid_frame', detail, { pointer, ...refOf(frame) });
  });
}

/** What is wrong, in words for people, and where, as a JSON pointer. */
function faultOf(fault: Fault | undefined): { detail: string; pointer: string } {
  const { instancePath: pointer = '', keyword, message = 'is off-spec', params } = fault ?? {};
  if (keyword === 'discriminator') return { detail: 'must be the type of a frame from a client', pointer: '/type' };
  const unknown = params?.additionalProperty;
  if (unknown === undefined) return { detail: inWords(message), pointer };
  return { detail: `${message}: ${String(unknown).slice(0, 64).toWellFormed()}`, pointer };
}

/** The id of a refused message, if the frame has a usable one. */
function refOf(frame: unknown): { refId?: string } {
  const id = typeof frame === 'object' && frame !== null ? (frame as { id?: unknown }).id : undefined;
  return typeof id === 'string' && id.length <= 64 && id.isWellFormed() ? { refId: id } : {};
}

function handle(frame: ClientFrame, connection: Connection, room: Room, parts: HandlerParts): void {
  parts.metrics.framesReceived.add(frame.type);
  switch (frame.type) {
    case 'message.send':
      return sendMessage(frame, connection, room, parts);
    case 'typing.start':
      return room.startTyping(connection.pass.username);
    default:
      frame satisfies never; // the compiler names a frame of the contract that nobody handles
  }
}

function sendMessage({ id, content }: MessageSend, connection: Connection, room: Room, parts: HandlerParts): void {
  const { userId, username, sid } = connection.pass;
  // Checked before the rate is counted, because the client sends the same message again to another process.
  if (parts.outbox.closed) {
    return connection.refuse('unavailable', 'The server is restarting: connect again and send the message again.', {
      refId: id,
    });
  }
  const now = performance.now();
  const tooMany = parts.messageRates.take(userId, room.id, now);
  if (tooMany) {
    return connection.refuse('rate_limited', tooMany.detail, { refId: id, retryAfterMs: tooMany.waitMs });
  }
  const full = () =>
    connection.refuse('outbox_full', 'Too many messages wait to be stored.', { refId: id, retryAfterMs: 1_000 });
  if (connection.unanswered >= LIMITS.unansweredMax) return full();
  const answer = (outcome: AppendOutcome) => {
    connection.unanswered -= 1;
    if (outcome.outcome === 'stored') room.stored(outcome.event.seq, now);
    answerSender(outcome, id, connection, room, parts);
  };
  if (!parts.outbox.add({ roomId: room.id, id, username, sid, content, answer })) return full();
  connection.unanswered += 1;
}

/** A stored message reaches its sender through the room, like every other member. */
function answerSender(
  outcome: AppendOutcome,
  refId: string,
  connection: Connection,
  room: Room,
  parts: HandlerParts,
): void {
  switch (outcome.outcome) {
    case 'stored':
      return;
    case 'repeated':
      // An event ahead of the cursor arrives later in its place; sending it now would create a gap.
      if (outcome.event.seq <= connection.cursor) return connection.send(outcome.event);
      return room.lastSeq < outcome.event.seq ? room.behind() : undefined;
    case 'id_conflict':
      return connection.refuse('id_conflict', 'Another message has this id.', { refId });
    case 'room_gone':
      connection.refuse('room_gone', 'The room was deleted.', { refId });
      return parts.roomGone(room.id);
    case 'banned':
      connection.refuse('banned', 'You are banned from this room.', { refId });
      return connection.close(4503);
    case 'session_ended':
      connection.refuse('session_ended', 'The session has ended.', { refId });
      return connection.close(4501);
    default:
      connection.refuse('store_unavailable', 'The message may not be stored: send it again.', {
        refId,
        retryAfterMs: 500,
      });
  }
}
