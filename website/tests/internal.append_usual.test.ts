// The short append statement: it stores a usual batch by itself. It stores nothing of any other batch, which the full
// statement then handles.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import type { Tables } from '@parlance/website/models.ts';
import { type Append, append } from '@parlance/website/services/append.ts';
import { appendUsual } from '@parlance/website/services/append_usual.ts';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type Json, type Person, person } from '../../tests/people.ts';
import { item as message, told } from './append_fixture.ts';
import { startTestWebsite, type TestWebsite } from './fixture.ts';

const log = createLog({ service: 'test', level: 'error' });
let site: TestWebsite;
let [ann, bob]: Person[] = [];
let db: Kysely<Tables>;
let sent: string[] = [];
before(async () => {
  site = await startTestWebsite();
  [ann, bob] = [await person(site.url, 'ann'), await person(site.url, 'bob')];
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: site.databaseUrl, types, max: 1 }) }),
    log: ({ query }) => void sent.push(query.sql),
  });
});
after(async () => {
  await db.destroy();
  await site.stop();
});

const by = (who: Person, room: Json, content: string, more: object = {}) =>
  message(who, room, content, more) as unknown as Append;
const ban = async (who: Person, room: Json) => {
  const path = `/api/rooms/${encodeURIComponent(room.name)}/bans/${who.username}`;
  assert.equal((await ann!.call('PUT', path)).status, 204);
};
const rows = async () => {
  const { rows } = await site.sql.query(
    `select (select count(*)::int from messages) as messages, sum(last_seq)::int as seqs, sum(message_count)::int as counted
     from chat_rooms`,
  );
  return rows[0] as { messages: number; seqs: number; counted: number };
};

test('a usual batch takes one statement, which numbers the messages and counts them', async () => {
  const [one, two] = [await ann!.createRoom(), await ann!.createRoom()];
  const before = await rows();
  sent = [];
  const batch = [by(ann!, two, 'a'), by(bob!, one, 'b'), by(ann!, two, 'c'), by(bob!, two, 'd'), by(ann!, one, 'e')];
  const outcomes = (await append(db, batch, false, log)) as Json[];
  assert.deepEqual(told(outcomes), ['stored 1', 'stored 1', 'stored 2', 'stored 3', 'stored 2']);
  assert.equal(sent.length, 1);
  for (const [room, count] of [
    [one, 2],
    [two, 3],
  ] as const) {
    const { body } = await ann!.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/events?after=0&limit=100`);
    const answered = outcomes.map(({ event }) => event).filter(({ roomId }) => roomId === room.id);
    assert.deepEqual(
      answered.toSorted((a, b) => a.seq - b.seq),
      body.events,
    );
    assert.equal(body.events.length, count);
  }
  const { messages, seqs, counted } = await rows();
  assert.deepEqual([messages, seqs, counted], [before.messages + 5, before.seqs + 5, before.counted + 5]);
});

const UNUSUAL: Record<string, (room: Json) => Promise<Append[]>> = {
  'an id in the log': async (room) => {
    const first = by(ann!, room, 'again');
    await append(db, [first], true, log);
    return [first];
  },
  'an id twice in the batch': async (room) => {
    const twice = by(ann!, room, 'twice');
    return [twice, twice];
  },
  'a room that was deleted': async () => {
    const gone = await ann!.createRoom();
    await ann!.call('DELETE', `/api/rooms/${encodeURIComponent(gone.name)}`);
    return [by(ann!, gone, 'late')];
  },
  'a session that has ended': async (room) => {
    const eve = await person(site.url);
    await eve.call('DELETE', '/api/session');
    return [by(eve, room, 'late')];
  },
  'a user who is banned from the room': async (room) => {
    await ban(bob!, room);
    return [by(bob!, room, 'still here')];
  },
};

for (const [what, make] of Object.entries(UNUSUAL)) {
  test(`${what} makes a batch unusual: nothing of it is stored before the full statement runs`, async () => {
    const room = await ann!.createRoom();
    const batch = [by(ann!, room, 'usual'), ...(await make(room))];
    const before = await rows();
    assert.equal(await appendUsual(db, batch), undefined);
    assert.deepEqual(await rows(), before);
    sent = [];
    const [first] = (await append(db, batch, false, log)) as Json[];
    assert.equal(first.outcome, 'stored');
    assert.ok(sent.at(-1)!.includes('input as materialized'), 'the full statement decided');
  });
}

test('a locked row of a room or session makes a batch unusual, without a wait', async () => {
  const room = await ann!.createRoom();
  const batch = [by(ann!, room, 'held')];
  for (const lock of [
    `select from chat_rooms where id = '${room.id}' for update`,
    `select from sessions where handle = '${batch[0]!.sid}' for update`,
  ]) {
    const holder = new pg.Client(site.databaseUrl);
    await holder.connect();
    await holder.query('begin');
    assert.equal((await holder.query(lock)).rowCount, 1);
    const began = performance.now();
    assert.equal(await appendUsual(db, batch), undefined);
    assert.ok(performance.now() - began < 1_000);
    await holder.end();
  }
  assert.deepEqual(told((await append(db, batch, false, log)) as Json[]), ['stored 1']);
});

test('a user who is banned from another room sends usual batches to this one', async () => {
  const [here, there] = [await ann!.createRoom(), await ann!.createRoom()];
  await ban(bob!, there);
  assert.deepEqual(told((await appendUsual(db, [by(bob!, here, 'x')])) as Json[]), ['stored 1']);
});
