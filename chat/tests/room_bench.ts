// A room with a fake log that answers when the test says so, and fake connections that record what is written to them.
import { LocalHub } from '@parlance/chat/broker.ts';
import { ChatMetrics } from '@parlance/chat/metrics.ts';
import { Room } from '@parlance/chat/room.ts';
import type { LogEvent, Website } from '@parlance/chat/website.ts';
import type { Connection } from '@parlance/chat/websocket/connection.ts';
import type { Json } from '../../tests/people.ts';
import { recordLog } from '../../tests/stack.ts';
import { framesIn } from './frames_in.ts';

const ID = '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10';
export const message = (seq: number): LogEvent => ({
  type: 'message.created',
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  seq,
  roomId: ID,
  room: 'Room',
  username: 'bob',
  content: `message ${seq}`,
  timestamp: '2026-11-21T09:30:00.000Z',
});
/** The numbers `from` to `to`, both included; empty when `to` is less than `from`. */
export const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
export const messages = (from: number, to: number) => range(from, to).map(message);

/**
 * A room at `lastSeq` with a log up to `bench.end`; reads answer at once, or, when `held`, when `answers` are called.
 */
export function bench(lastSeq = 0) {
  const recorded = recordLog();
  const self = {
    ...recorded,
    end: lastSeq,
    held: false,
    reads: [] as number[],
    /** The limit of each read. */
    limits: [] as number[],
    /** The content of every message, instead of its number. */
    content: undefined as string | undefined,
    answers: [] as ((fail?: Error) => void)[],
    room: undefined as unknown as Room,
  };
  const website = {
    read: (_roomId: string, after: number, limit: number) =>
      new Promise((resolve, reject) => {
        self.reads.push(after);
        self.limits.push(limit);
        const { end } = self;
        const answer = (fail?: Error) => {
          const page = messages(after + 1, Math.min(end, after + limit)).map((one) => ({
            ...one,
            content: self.content ?? one.content,
          }));
          if (fail) reject(fail);
          else resolve({ roomId: ID, events: page, hasMore: after + limit < end });
        };
        if (self.held) self.answers.push(answer);
        else setImmediate(answer);
      }),
  } as unknown as Website;
  const metrics = new ChatMetrics();
  const parts = { website, broker: new LocalHub().connect(), replica: 'one', log: recorded.log, metrics };
  self.room = new Room({ roomId: ID, room: 'Room', lastSeq }, parts);
  return self;
}

/** A connection that records each write with its frames; when `slow`, a page drains when `drain` is called. */
export function connect(room: Room, cursor?: number, slow = false, username = 'ann') {
  const writes: Json[][] = [];
  const record = (bytes: Buffer) => void writes.push(framesIn(bytes));
  const self = {
    pass: { username },
    cursor: 0,
    live: false,
    isOpen: true,
    drain: (): void => undefined,
    send: (frame: Json) => void writes.push([frame]),
    write: record,
    deliver: (bytes: Buffer, lastSeq: number) => {
      self.cursor = lastSeq;
      record(bytes);
    },
    deliverPage: (bytes: Buffer, lastSeq: number) => {
      self.deliver(bytes, lastSeq);
      if (!slow) return Promise.resolve();
      return new Promise<void>((resolve) => {
        self.drain = resolve;
      });
    },
    close: () => {
      self.isOpen = false;
    },
  };
  room.join(self as unknown as Connection, cursor);
  const created = () => writes.flat().filter(({ type }) => type === 'message.created');
  return Object.assign(self, { writes, seqs: () => created().map(({ seq }) => seq as number) });
}
