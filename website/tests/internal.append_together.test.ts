// Concurrent appends: many writers at two replicas use the same rooms and ids. Each message is stored once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Json, type Person, person } from '../../tests/people.ts';
import type { WebsitePart } from '../../tests/stack.ts';
import { append } from './append_fixture.ts';
import { eventually, randomFrom, sidOf, startTestWebsite, type TestWebsite } from './fixture.ts';

const ROOMS = 12;
const MESSAGES = 2_400;
const WRITERS = 10;

let site: TestWebsite;
let replicas: WebsitePart[];
let ann: Person;
let rooms: Json[];
before(async () => {
  site = await startTestWebsite();
  replicas = [site, await site.again()];
  ann = await person(site.url, 'ann');
  rooms = await Promise.all(Array.from({ length: ROOMS }, () => ann.createRoom()));
});
after(() => site.stop());

/** Sends batches of random size until each message has a final outcome: busy and store_unavailable are retried. */
async function write(
  part: WebsitePart,
  messages: Json[],
  random: () => number,
  seen: (item: Json, outcome: Json) => void,
) {
  let waiting = messages.map((item) => ({ item, wait: false }));
  while (waiting.length > 0) {
    const { wait } = waiting[0]!;
    const size = 1 + Math.floor(random() * 90);
    const batch = waiting.filter((one) => one.wait === wait).slice(0, size);
    const results = await append(
      part,
      batch.map(({ item }) => item),
      wait,
    );
    const again = [];
    for (const [k, { item }] of batch.entries()) {
      const result = results[k]!;
      seen(item, result);
      if (result.outcome === 'busy' || result.outcome === 'store_unavailable') again.push({ item, wait: true });
    }
    waiting = [...waiting.filter((one) => !batch.includes(one)), ...again];
  }
}

test(`${WRITERS} concurrent writers of ${MESSAGES} messages, most of them sent repeatedly, leave no gap and no duplicate`, async () => {
  const sid = sidOf(ann.token);
  const random = randomFrom(7);
  const all = Array.from({ length: MESSAGES }, (_, k) => {
    const roomId = rooms[Math.floor(random() ** 2 * ROOMS)].id;
    return { roomId, id: randomUUID(), username: 'ann', sid, content: `message ${k}` };
  });
  // Each writer has about a third of all messages in its own order, so that nearly every message has several writers.
  const shares = Array.from({ length: WRITERS }, (_, k) =>
    all.filter((_item, at) => at % WRITERS === k || random() < 0.3).toSorted(() => random() - 0.5),
  );
  const sent = shares.flat().length;
  assert.ok(sent > 2 * MESSAGES, `precondition: ${sent} appends of ${MESSAGES} messages`);

  const stored = new Map<string, Json>();
  const answers: [string, Json][] = [];
  let busy = 0;
  const seen = ({ id }: Json, { outcome, message }: Json) => {
    if (outcome === 'busy') busy += 1;
    if (outcome === 'busy' || outcome === 'store_unavailable') return;
    assert.ok(outcome === 'stored' || outcome === 'repeated', outcome);
    if (outcome === 'stored') {
      assert.ok(!stored.has(id), 'stored twice');
      stored.set(id, message);
    }
    answers.push([id, message]);
  };
  await Promise.all(shares.map((share, k) => write(replicas[k % 2]!, share, randomFrom(k), seen)));

  assert.ok(busy > 0, 'precondition: writers contended');
  assert.equal(answers.length, sent);
  assert.equal(stored.size, MESSAGES);
  for (const [id, message] of answers) assert.deepEqual(message, stored.get(id), 'every answer is the stored message');
  const { rows } = await site.sql.query(
    `select r.id, r.last_seq::int, count(*)::int, count(distinct m.id)::int as ids, min(seq)::int, max(seq)::int
     from chat_rooms r join messages m on m.room_id = r.id group by r.id`,
  );
  assert.equal(
    rows.reduce((sum, { count }) => sum + count, 0),
    MESSAGES,
  );
  for (const { last_seq, count, ids, min, max } of rows)
    assert.deepEqual([min, max, ids, last_seq], [1, count, count, count]);
  for (const part of replicas) {
    const faults = part.lines.filter(({ level }) => level !== 'info');
    assert.deepEqual(faults, [], 'no deadlock, no bisection, no warning');
  }
});

test('a room that is deleted during writes stores nothing afterwards, and has every message answered as stored', async () => {
  const sid = sidOf(ann.token);
  const room = await ann.createRoom();
  const outcomes: Json[] = [];
  let deleted = false;
  const writing = Array.from({ length: 6 }, async (_, k) => {
    for (let gone = false; !gone; ) {
      const late = deleted;
      const item = { roomId: room.id, id: randomUUID(), username: 'ann', sid, content: 'x' };
      const [result] = await append(replicas[k % 2]!, [item], true);
      outcomes.push(result);
      gone = result.outcome === 'room_gone';
      assert.ok(gone || !late, 'nothing is stored after the deletion was answered');
    }
  });
  await eventually(() => outcomes.length > 30);
  assert.equal((await ann.call('DELETE', `/api/rooms/${encodeURIComponent(room.name)}`)).status, 204);
  deleted = true;
  await Promise.all(writing);
  const seqs = outcomes.filter(({ outcome }) => outcome === 'stored').map(({ event }) => event.seq);
  assert.ok(seqs.length > 20, `precondition: ${seqs.length} were stored before`);
  const { rows } = await site.sql.query('select seq::int from messages where room_id = $1 order by seq', [room.id]);
  assert.deepEqual(
    seqs.toSorted((a, b) => a - b),
    rows.map(({ seq }) => seq),
  );
});

test('a session that is ended while it writes stores nothing after the logout was answered', async () => {
  const bob = await person(site.url, 'bob');
  const sid = sidOf(bob.token);
  let ended = false;
  let before = 0;
  const writing = Array.from({ length: 6 }, async (_, k) => {
    for (let over = false; !over; ) {
      const late = ended;
      const item = { roomId: rooms[k].id, id: randomUUID(), username: 'bob', sid, content: 'x' };
      const [result] = await append(replicas[k % 2]!, [item], true);
      over = result.outcome === 'session_ended';
      assert.ok(over || !late, 'nothing is stored after the logout was answered');
      if (!over) before += 1;
    }
  });
  await eventually(() => before > 30);
  assert.equal((await bob.call('DELETE', '/api/session')).status, 204);
  ended = true;
  await Promise.all(writing);
});
