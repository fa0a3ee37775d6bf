// The size of the largest frame that the server sends now, which the socket reference promises not to exceed the limit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { person } from '../people.ts';
import { startTestStack } from '../stack.ts';

test('no frame of the server is larger than the socket reference says', async (t) => {
  const stack = await startTestStack();
  t.after(() => stack.stop());
  const ann = await person(stack.url, 'a'.repeat(LIMITS.usernameMax));
  const room = 'R'.repeat(LIMITS.roomNameMax);
  await ann.createRoom(room);
  const socket = await ann.join(room);
  const sizes: number[] = [];
  socket.ws.on('message', (data: Buffer) => sizes.push(data.length));
  // A control character takes six bytes in JSON, more than any other character.
  socket.say(`a${'\u0001'.repeat(LIMITS.contentMax - 1)}`);
  await socket.next('message.created');
  await socket.close();
  const largest = Math.max(...sizes);
  assert.ok(largest > 6 * (LIMITS.contentMax - 1) && largest <= LIMITS.bodyMax, `${largest} bytes`);
  const names = Array.from({ length: LIMITS.membersNamed }, () => ann.username);
  assert.ok(JSON.stringify([...names, ...names]).length < largest / 2, 'lists of names are smaller');
});
