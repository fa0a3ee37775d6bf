// The lock timeout of a change of a message: it fails after waiting one second for the row lock of its room.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { person } from '../people.ts';
import { openRecords, type Records } from '../records.ts';
import { startTestStack, type TestStack } from '../stack.ts';

let stack: TestStack;
let records: Records;

before(async () => {
  stack = await startTestStack();
  records = openRecords(stack.databaseUrl);
});
after(async () => {
  await records.close();
  await stack.stop();
});

test('a change whose room row stays locked is store_unavailable, and a retry succeeds later', async (t) => {
  const ann = await person(stack.url);
  const room = await ann.createRoom();
  const messages = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
  const [edited, deleted] = [randomUUID(), randomUUID()];
  for (const id of [edited, deleted]) await ann.call('POST', messages, { id, content: 'x', roomId: room.id });
  const reaction = (emoji: string) => `${messages}/${edited}/reactions/${encodeURIComponent(emoji)}`;
  await ann.call('PUT', reaction('👎'));
  const changes = () => [
    ann.call('PATCH', `${messages}/${edited}`, { content: 'y' }),
    ann.call('PUT', reaction('👍')),
    ann.call('DELETE', reaction('👎')),
    ann.call('DELETE', `${messages}/${deleted}`),
  ];
  const holder = await records.connection();
  t.after(() => holder.end());
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  for (const { status, body, headers } of await Promise.all(changes())) {
    assert.deepEqual([status, body.code], [503, 'store_unavailable']);
    assert.ok(Number(headers.get('retry-after')) > 0);
  }
  await holder.query('rollback');
  const { body } = await ann.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/events`);
  assert.equal(body.events.length, 3, 'nothing was stored while the row was locked');
  for (const { status } of await Promise.all(changes())) assert.ok(status < 300, `${status}`);
});
