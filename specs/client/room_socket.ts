// A live room: connects, resumes, and reconnects with backoff until it is closed or the server ends it.
// Does not interpret codes (ending.ts), compare seqs (cursor.ts) or queue messages (send_queue.ts).

import { CLOSE } from '../generated/close_codes.ts';
import type { RoomJoined } from '../generated/frames.ts';
import { LIMITS } from '../generated/limits.ts';
import { attempt } from './attempt.ts';
import { backoff } from './backoff.ts';
import { Cursor } from './cursor.ts';
import type { Line, Received, WebSocketClass } from './dial.ts';
import { CLOSED_BY_USER, type Ending, endingOfClose, lost } from './ending.ts';
import { type Listener, Listeners, type ListenOptions } from './events.ts';
import type { JoinOptions, RoomCalls } from './join_options.ts';
import { isRoomEvent } from './log_event.ts';
import { Members } from './members.ts';
import { Pause } from './pause.ts';
import type { RoomEvents, RoomState } from './room_events.ts';
import { TokenKeeper } from './room_token.ts';
import type { LogEvent, RoomEvent } from './schemas.ts';
import { type SendOptions, SendQueue, type Sent } from './send_queue.ts';
import { Watch } from './watch.ts';

/** A connection that lasted this long resets the backoff, in milliseconds. */
export const GOOD_MS = 10_000;
/** The interval of typing frames, shorter than the time after which the server forgets one, in milliseconds. */
export const TYPING_MS = (LIMITS.typingSeconds - 2) * 1000;
/** The default of `silenceMs`: within this the server answers every message, at worst with store_unavailable. */
export const SILENCE_MS = 20_000;

export class RoomSocket {
  readonly #listeners = new Listeners<RoomEvents>();
  readonly #members = new Members();
  readonly #over = new AbortController();
  readonly #pause = new Pause();
  readonly #cursor: Cursor;
  readonly #queue: SendQueue;
  readonly #calls: RoomCalls;
  readonly #silenceMs: number;
  #state: RoomState = 'connecting';
  #line: Line | undefined;
  #watch: Watch | undefined;
  /** Drops the current connection; `_cause` becomes the cause of the wait. */
  #drop = (_cause: string) => {};
  #joinedAt = Number.POSITIVE_INFINITY;
  #typedAt = Number.NEGATIVE_INFINITY;

  constructor(calls: RoomCalls, Socket: WebSocketClass, options: JoinOptions = {}) {
    const { after, roomId, signal, queueMax = LIMITS.unansweredMax, silenceMs = SILENCE_MS } = options;
    if (!(silenceMs > 0)) throw new RangeError('joinRoom requires silenceMs above 0.');
    this.#calls = calls;
    this.#silenceMs = silenceMs;
    this.#cursor = new Cursor(after, roomId);
    this.#queue = new SendQueue(queueMax);
    const untilOver = { signal: this.#over.signal };
    signal?.addEventListener('abort', () => this.close(), untilOver);
    // Node has neither these events nor a global addEventListener.
    globalThis.addEventListener?.('online', () => this.reconnectNow(), untilOver);
    globalThis.addEventListener?.('offline', () => this.#drop('offline'), untilOver);
    // Deferred, so that the caller can add listeners first.
    queueMicrotask(() => (signal?.aborted ? this.close() : this.#keepOpen(new TokenKeeper(calls.issueToken), Socket)));
  }

  get state(): RoomState {
    return this.#state;
  }
  /** The id of the room; undefined until it is joined, unless given as an option. */
  get roomId(): string | undefined {
    return this.#cursor.roomId;
  }
  /** The highest seq handled: pass it as `after` to resume later. */
  get lastSeq(): number | undefined {
    return this.#cursor.last;
  }
  /** The users in the room, as far as the server named them. */
  get members(): ReadonlySet<string> {
    return this.#members.named;
  }
  /** The exact number of users in the room. */
  get memberCount(): number {
    return this.#members.count;
  }

  /** Calls `listener` for each later event, until the returned function is called or the signal aborts. */
  on<E extends keyof RoomEvents>(event: E, listener: Listener<RoomEvents[E]>, options?: ListenOptions): () => void {
    return this.#listeners.on(event, listener, options);
  }

  /** Sends the message now, or as soon as the room is open. Never throws: `stored` of the result rejects instead. */
  send(content: string, options?: SendOptions): Sent {
    // A sent message ends the typing state on the server: the next typing() sends a frame at once.
    this.#typedAt = Number.NEGATIVE_INFINITY;
    return this.#queue.add(content, options);
  }

  /** Call it at each key press. Sends at most one typing frame every 3 s, and only while the room is open. */
  typing(): void {
    const now = Date.now();
    if (!this.#line || now - this.#typedAt < TYPING_MS) return;
    this.#typedAt = now;
    this.#line.send({ type: 'typing.start' });
  }

  /** Ends a wait, if there is one; checks an open connection on which nothing was received for a while. */
  reconnectNow(): void {
    this.#pause.end();
    this.#watch?.look();
  }

  /** Closes the room for good. Waiting messages are rejected with `closed_by_user`. */
  close(): void {
    this.#finish(CLOSED_BY_USER);
  }

  async #keepOpen(tokens: TokenKeeper, WebSocket: WebSocketClass): Promise<void> {
    const over = this.#over.signal;
    for (let failures = 0; !over.aborted; failures++) {
      this.#become('connecting');
      const gone = new AbortController();
      this.#drop = (cause) => gone.abort(cause);
      const signal = AbortSignal.any([over, gone.signal]);
      const frame = (received: Received, line: Line) => this.#take(received, line);
      const ending = await attempt({ tokens, WebSocket, query: this.#cursor.query(), signal, frame });
      this.#leave();
      if (ending.client !== 'reconnect') return this.#finish(ending);
      if (Date.now() - this.#joinedAt > GOOD_MS) failures = 0;
      this.#joinedAt = Number.POSITIVE_INFINITY;
      if (over.aborted) return;
      const retryInMs = ending.afterMs + backoff(failures, ending.pace);
      const waited = this.#pause.wait(retryInMs);
      this.#become('waiting', { retryInMs, cause: ending.cause });
      await waited;
    }
  }

  /** Handles one frame; ignores unknown types without a seq. Returns an ending if the connection must be dropped. */
  #take(frame: Received, line: Line): Ending | undefined {
    this.#watch?.heard();
    if ('seq' in frame) return this.#event(frame);
    switch (frame.type) {
      case 'room.joined':
        this.#join(frame, line);
        return;
      case 'presence.changed': {
        const { joined, left, memberCount } = frame;
        this.#members.change(frame);
        this.#listeners.emit('presence', { joined, left, memberCount });
        return;
      }
      case 'typing.changed':
        this.#listeners.emit('typing', { usernames: frame.usernames });
        return;
      case 'error':
        this.#listeners.emit('refused', frame);
        this.#queue.refuse(frame);
        return;
      case 'room.deleted':
        return endingOfClose(CLOSE.room_deleted);
    }
  }

  #join(frame: RoomJoined, line: Line): void {
    // Messages for one room are never sent to a newer room of the same name.
    if (this.roomId !== undefined && this.roomId !== frame.roomId) this.#queue.rejectAll('room_gone', 'never');
    const continuous = this.#cursor.join(frame);
    this.#members.reset(frame);
    this.#line = line;
    this.#joinedAt = Date.now();
    this.#watch?.stop();
    this.#watch = new Watch(this.#silenceMs, {
      dueSince: () => this.#queue.dueSince,
      isAt: ({ id, lastSeq }) => id === this.roomId && lastSeq <= (this.lastSeq ?? 0),
      look: (signal) => this.#calls.getRoom(signal),
      dead: () => this.#drop('no_answer'),
    });
    this.#become('open');
    this.#listeners.emit('joined', { ...frame, continuous });
    if (!this.#over.signal.aborted) this.#queue.attach(frame.username, (message) => line.send(message));
  }

  /** Cleans up after a connection has ended. */
  #leave(): void {
    this.#line = undefined;
    this.#watch?.stop();
    this.#watch = undefined;
    this.#queue.detach();
  }

  /** Every event advances the cursor, even one of an unknown type: the log has no gaps. */
  #event(event: RoomEvent | LogEvent): Ending | undefined {
    const place = this.#cursor.place(event.seq);
    const created = isRoomEvent(event) && event.type === 'message.created' ? event : undefined;
    const answered = created !== undefined && this.#queue.accept(created);
    // Only the answer to a repeated message may arrive ahead of order; the event itself follows in order.
    if (place === 'ahead') return answered ? undefined : lost('gap');
    if (place === 'passed' && !(answered && this.#cursor.handleOld(event.seq))) return;
    if (place === 'next') {
      this.#cursor.last = event.seq;
      this.#listeners.emit('event', event);
    }
    if (created) this.#listeners.emit('message', created);
  }

  #become(state: RoomState, more: { retryInMs?: number; cause?: string } = {}): void {
    this.#state = state;
    this.#listeners.emit('state', { state, ...more });
  }

  #finish(ending: Ending): void {
    const { code, cause, client } = ending;
    if (this.#state === 'closed') return;
    this.#leave();
    this.#become('closed', { cause });
    this.#over.abort();
    this.#pause.end();
    this.#queue.close(ending);
    this.#listeners.emit('closed', { code, cause, client });
  }
}
