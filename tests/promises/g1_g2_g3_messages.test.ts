// G1 durable, G2 exactly once, G3 one order.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { person } from '../people.ts';
import { startTestStack, type TestStack } from '../stack.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

test('a message reaches everybody in the room, its sender included, as the history has it', async () => {
  const [ann, bob] = [await person(stack.url), await person(stack.url)];
  const room = await ann.createRoom();
  const [a, b] = [await ann.join(room.name), await bob.join(room.name)];
  const id = a.say('hello');
  const [own, other] = [await a.next('message.created'), await b.next('message.created')];
  assert.equal(own.id, id);
  assert.deepEqual(own, other);
  const { body } = await bob.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/messages`);
  const { type, ...message } = own;
  assert.equal(type, 'message.created');
  assert.deepEqual(body.messages, [message]);
});
