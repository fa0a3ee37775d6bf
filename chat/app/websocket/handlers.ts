// Handles frames from clients: validates, rate limits and answers each. No frame makes it throw.
import type { MessageRates } from '@parlance/service/message_rates.ts';
import { SlidingWindow } from '@parlance/service/sliding_window.ts';
import { inWords } from '@parlance/service/wording.ts';
import type { ClientFrame, MessageSend } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Fault, validateClientFrame } from '@parlance/specs/validators.js';
import { type RawData, WebSocket } from 'ws';
import type { ChatMetrics } from '../metrics.ts';
import type { Outbox } from '../outbox.ts';
import type { Room } from '../room.ts';
import type { Rooms } from '../rooms.ts';
import type { AppendOutcome } from '../website.ts';
import type { Connection } from './connection.ts';

export interface HandlerParts {
  outbox: Outbox;
  /** Shared by all sockets of this process. */
  messageRates: MessageRates;
  /** Maximum of frames of any kind from one socket in 10 s; more is a flood. */
  framesPer10s: number;
  metrics: ChatMetrics;
  rooms: Rooms;
}

/** A socket in a room, with its rate counters. */
export interface Seat {
  readonly connection: Connection;
  readonly room: Room;
  /** The client address, and the request id of the upgrade. */
  readonly from: string;
  readonly requestId: string;
  /** Created with the first frame. */
  frames?: SlidingWindow;
  /** Created with the first off-spec frame. */
  offSpec?: SlidingWindow;
}

/**
 * The class that `ws` instantiates for each upgrade. All sockets share the same listeners, which read the seat here.
 */
export class ChatSocket extends WebSocket {
  seat!: Seat;

  /**
   * `ws` closes with 1008, without a reason, on too many fragments. The contract has no 1008: 1009 (too big) replaces it.
   * With a reason, `ws` echoes the close frame of the client, whose code stays.
   */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === 1008 && reason === undefined ? 1009 : code, reason);
  }
}

/** The seat of a socket; every socket of chat is a ChatSocket. */
export const seatOf = (ws: WebSocket): Seat => (ws as ChatSocket).seat;

/** Returns the listeners for frames, shared by all sockets. */
export function frameListeners(parts: HandlerParts) {
  const flooded = (seat: Seat) => {
    seat.frames ??= new SlidingWindow(parts.framesPer10s, 10_000);
    if (seat.frames.take(performance.now()) === 0) return false;
    seat.connection.close(4002);
    return true;
  };
  const refuseOffSpec = (
    seat: Seat,
    code: 'invalid_json' | 'invalid_frame',
    detail: string,
    more: { pointer?: string; refId?: string },
  ) => {
    parts.metrics.offSpecFrames.add(code);
    seat.offSpec ??= new SlidingWindow(LIMITS.offSpecPerMinute, 60_000);
    if (seat.offSpec.take(performance.now()) > 0) return seat.connection.close(4500);
    seat.connection.refuse(code, detail, more);
  };
  return {
    ping(this: WebSocket) {
      flooded(seatOf(this));
    },
    pong(this: WebSocket, payload: Buffer) {
      const seat = seatOf(this);
      if (!flooded(seat)) seat.connection.pong(payload);
    },
    message(this: WebSocket, data: RawData, isBinary: boolean) {
      const seat = seatOf(this);
      const { connection, room } = seat;
      if (!connection.isOpen || flooded(seat)) return;
      if (isBinary) {
        parts.metrics.offSpecFrames.add('binary');
        return connection.close(1003);
      }
      let frame: unknown;
      try {
        frame = JSON.parse(data.toString());
      } catch {
        return refuseOffSpec(seat, 'invalid_json', 'The frame is not JSON.', {});
      }
      if (validateClientFrame(frame)) {
        try {
          return handle(frame, connection, room, parts);
        } catch (err) {
          return connection.failed(err, refOf(frame));
        }
      }
      const { detail, pointer } = faultOf(validateClientFrame.errors?.[0]);
      refuseOffSpec(seat, 'invalid_frame', detail, { pointer, ...refOf(frame) });
    },
  };
}

/** Returns a readable detail of the first fault, and its JSON pointer. */
function faultOf(fault: Fault | undefined): { detail: string; pointer: string } {
  const { instancePath: pointer = '', keyword, message = 'is off-spec', params } = fault ?? {};
  if (keyword === 'discriminator') return { detail: 'must be the type of a frame from a client', pointer: '/type' };
  const unknown = params?.additionalProperty;
  if (unknown === undefined) return { detail: inWords(message), pointer };
  return { detail: `${message}: ${String(unknown).slice(0, 64).toWellFormed()}`, pointer };
}

/** Returns the id of a refused message, if the frame has a usable one. */
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
      frame satisfies never; // a compile error when a frame type of the contract has no handler
  }
}

function sendMessage({ id, content }: MessageSend, connection: Connection, room: Room, parts: HandlerParts): void {
  const { userId, username, sid } = connection.pass;
  // Checked before the rate limit, because the client sends the same message again to another process.
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
    connection.refuse('outbox_full', 'Too many messages are waiting to be stored.', { refId: id, retryAfterMs: 1_000 });
  if (connection.unanswered >= LIMITS.unansweredMax) return full();
  const answer = (outcome: AppendOutcome) => {
    connection.unanswered -= 1;
    if (outcome.outcome === 'stored') room.stored(outcome.event.seq, now);
    answerSender(outcome, id, connection, room, parts);
  };
  if (!parts.outbox.add({ roomId: room.id, id, username, sid, content, answer })) return full();
  connection.unanswered += 1;
}

/** Answers the sender. A stored message needs no answer: the sender receives it through the room, like every member. */
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
      // An event ahead of the cursor is delivered later in order; sending it now would create a gap.
      if (outcome.event.seq <= connection.cursor) return connection.send(outcome.event);
      return room.lastSeq < outcome.event.seq ? room.behind() : undefined;
    case 'id_conflict':
      return connection.refuse('id_conflict', 'Another message has this id.', { refId });
    case 'room_gone':
      connection.refuse('room_gone', 'The room was deleted.', { refId });
      return parts.rooms.delete(room.id);
    case 'banned':
      connection.refuse('banned', 'You are banned from this room.', { refId });
      return connection.close(4503);
    case 'session_ended':
      connection.refuse('session_ended', 'The session has ended.', { refId });
      return connection.close(4501);
    default:
      connection.refuse('store_unavailable', 'The message may not have been stored: send it again with the same id.', {
        refId,
        retryAfterMs: 500,
      });
  }
}
