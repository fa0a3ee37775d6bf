// Users who send messages into one room through the SDK without end, and an audit that compares what they received with
// the log. For tests that stop parts of the server meanwhile. Injects no fault.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Client, createClient, type RoomSocket } from '@parlance/client';
import { until } from './house.ts';
import { call, type Person, sleep } from './people.ts';

/** The pause of a talker between two messages. */
const PAUSE_MS = 100;
const PAGE = 100;

interface Talker {
  room: RoomSocket;
  /** The seq of every event, in the order received. */
  seqs: number[];
  /** Permanent failures of rooms or messages; the audit expects none. */
  failures: string[];
  ended: Promise<void>;
}

export interface Talk {
  /** Ids of the messages that were acknowledged so far. */
  readonly acknowledged: string[];
  /** The longest time until an acknowledgement since the last call, in milliseconds. */
  slowest(): number;
  /** Resolves when each talker has another message acknowledged; rejects after `ms`. */
  heard(ms: number): Promise<void>;
  /**
   * Ends the talk and asserts that no message failed permanently, that each acknowledged message is in the log once, and
   * that each talker received every event of the log once and in order.
   */
  audit(): Promise<void>;
}

/** Resolves when every user has joined the room. The talk ends with the test at the latest. */
export async function startTalk(
  t: TestContext,
  url: string,
  people: readonly Person[],
  roomName: string,
): Promise<Talk> {
  let over = false;
  let slowest = 0;
  const acknowledged: string[] = [];
  const rounds = new Map<Talker, number>();
  const talk = async (client: RoomSocket, talker: Omit<Talker, 'ended'>, name: string) => {
    for (let count = 1; !over; count += 1) {
      const began = performance.now();
      try {
        const { id } = await client.send(`${name} says ${count}`).stored;
        acknowledged.push(id);
        rounds.set(talker as Talker, count);
      } catch (error) {
        if (!over) talker.failures.push(`a message of ${name}: ${error}`);
      }
      slowest = Math.max(slowest, performance.now() - began);
      await sleep(PAUSE_MS);
    }
  };
  const talkers = await Promise.all(
    people.map(async ({ token, username }) => {
      const client: Client = createClient({ baseUrl: url, accessToken: token });
      const room = client.joinRoom(roomName);
      const talker: Talker = { room, seqs: [], failures: [], ended: Promise.resolve() };
      const joined = Promise.withResolvers<void>();
      room.on('joined', ({ continuous }) => {
        if (talker.seqs.length > 0 && !continuous) talker.failures.push(`${username} missed events`);
        joined.resolve();
      });
      room.on('event', ({ seq }) => talker.seqs.push(seq));
      room.on('closed', ({ cause }) => over || talker.failures.push(`the room of ${username}: ${cause}`));
      await joined.promise;
      talker.ended = talk(room, talker, username);
      return talker;
    }),
  );
  t.after(() => {
    over = true;
    for (const { room } of talkers) room.close();
  });
  return {
    acknowledged,
    slowest: () => {
      const most = slowest;
      slowest = 0;
      return Math.round(most);
    },
    heard: async (ms) => {
      const before = new Map(rounds);
      await until(() => talkers.every((one) => (rounds.get(one) ?? 0) > (before.get(one) ?? 0)), ms);
    },
    audit: async () => {
      over = true;
      await Promise.all(talkers.map(({ ended }) => ended));
      const log = await events(url, people[0]!, roomName);
      const last = log.at(-1)!.seq;
      await until(() => talkers.every(({ room }) => room.lastSeq === last), 10_000);
      for (const { room, seqs, failures } of talkers) {
        assert.deepEqual(failures, []);
        assert.deepEqual(
          seqs,
          Array.from(seqs, (_, index) => seqs[0]! + index),
          'once, in order, without a gap',
        );
        assert.equal(seqs.at(-1), last);
        room.close();
      }
      const stored = log.filter(({ type }) => type === 'message.created').map(({ id }) => id);
      assert.equal(new Set(stored).size, stored.length, 'the log has no message twice');
      assert.deepEqual(
        acknowledged.filter((id) => !stored.includes(id)),
        [],
      );
      assert.equal(new Set(acknowledged).size, acknowledged.length);
    },
  };
}

/** The log of a room, read over HTTP. */
async function events(
  url: string,
  { token }: Person,
  room: string,
): Promise<{ seq: number; type: string; id: string }[]> {
  const all = [];
  for (let after = 0; ; ) {
    const path = `/api/rooms/${encodeURIComponent(room)}/events?after=${after}&limit=${PAGE}`;
    const { status, body } = await call(url, 'GET', path, { token });
    assert.equal(status, 200, JSON.stringify(body));
    all.push(...body.events);
    if (body.events.length < PAGE) return all;
    after = body.events.at(-1).seq;
  }
}
