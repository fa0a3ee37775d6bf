// G4: a text that was edited or deleted is erased from the server, and a client that resumes receives the change.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse } from '../house.ts';
import { type Answer, call, type Json } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';

let house: House;
let ann: Member;
let bob: Member;
let token: string;
before(async () => {
  house = await startHouse();
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
  token = await house.records.accessToken(ann);
});
after(() => house.stop());

const ask = (method: string, room: RecordedRoom, rest: string, body?: Json): Promise<Answer> =>
  call(house.websites[0]!.url, method, `/api/rooms/${encodeURIComponent(room.name)}${rest}`, { token, body });

async function send(room: RecordedRoom, content: string): Promise<string> {
  const id = randomUUID();
  assert.equal((await ask('POST', room, '/messages', { id, content, roomId: room.id })).status, 201);
  return id;
}

/** Every row of every table, the migrator's included, as text. */
async function dump(): Promise<string> {
  const tables = await house.records.query(`select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`);
  assert.ok(tables.length >= 8, 'the premise: there are tables');
  const rows = await Promise.all(tables.map(({ name }) => house.records.query(`select t::text as row from ${name} t`)));
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

test('no table and no log line contains a text that was edited or deleted', async () => {
  const room = await house.records.room(ann);
  const [edited, deleted] = [await send(room, 'withdrawn-by-an-edit'), await send(room, 'first-of-a-deleted-one')];
  assert.match(
    await dump(),
    /withdrawn-by-an-edit[\s\S]*first-of-a-deleted-one|first-of-a-deleted-one[\s\S]*withdrawn-by/,
  );
  assert.equal(
    (await ask('PATCH', room, `/messages/${edited}`, { content: 'withdrawn-by-a-second-edit' })).status,
    200,
  );
  assert.equal((await ask('PATCH', room, `/messages/${edited}`, { content: 'what stands now' })).status, 200);
  assert.equal((await ask('PATCH', room, `/messages/${deleted}`, { content: 'last-of-a-deleted-one' })).status, 200);
  assert.equal((await ask('DELETE', room, `/messages/${deleted}`)).status, 204);
  const text = await dump();
  assert.match(text, /what stands now/);
  assert.doesNotMatch(text, /withdrawn-by|deleted-one/);
  for (const { text: log } of [...house.websites, ...house.chats])
    assert.doesNotMatch(log(), /withdrawn-by|deleted-one/);
});

test('a client that resumes receives every edit and deletion, and no text that was withdrawn meanwhile', async () => {
  const room = await house.records.room(ann);
  const [one, two] = [await send(room, 'one'), await send(room, 'two')];
  const online = await house.records.join(bob, room, house.chats[0]!.url, `?after=0`);
  await online.next('message.created', ({ seq }) => seq === 2);
  online.ws.terminate();
  await ask('PATCH', room, `/messages/${one}`, { content: 'one, edited' });
  await ask('DELETE', room, `/messages/${two}`);
  const missed = await send(room, 'three');
  await ask('PATCH', room, `/messages/${missed}`, { content: 'three, edited' });

  const back = await house.records.join(bob, room, house.chats[0]!.url, `?after=2&roomId=${room.id}`);
  await back.next('message.edited', ({ seq }) => seq === 6);
  assert.equal(back.frames[0].resumed, true);
  assert.deepEqual(
    back.frames
      .filter(({ seq }) => seq !== undefined)
      .map(({ type, seq, id, messageId, content, supersededBy }) => [
        seq,
        type,
        id ?? messageId,
        content,
        supersededBy,
      ]),
    [
      [3, 'message.edited', one, 'one, edited', undefined],
      [4, 'message.deleted', two, undefined, undefined],
      [5, 'message.created', missed, undefined, 6],
      [6, 'message.edited', missed, 'three, edited', undefined],
    ],
  );
});

test('a repeated send after an edit or a deletion is answered over the socket with the stored event, without text', async () => {
  const room = await house.records.room(ann);
  const id = await send(room, 'one');
  await ask('PATCH', room, `/messages/${id}`, { content: 'two' });
  const socket = await house.records.join(ann, room, house.chats[0]!.url);
  const other = await house.records.join(bob, room, house.chats[0]!.url);
  for (const [supersededBy, then] of [
    [2, () => ask('DELETE', room, `/messages/${id}`)],
    [2, async () => undefined],
  ] as const) {
    socket.say('one', id);
    const answer = await socket.next('message.created');
    assert.deepEqual([answer.id, answer.seq, answer.content, answer.supersededBy], [id, 1, undefined, supersededBy]);
    await then();
  }
  other.say('one', id);
  assert.equal((await other.next('error')).code, 'id_conflict');
  assert.deepEqual(other.seqs(), [], 'the repeat is not broadcast');
  assert.equal((await ask('GET', room, '')).body.lastSeq, 3);
});
