// Appends as the tests write them: one message, one batch, and what was told of each in a few words.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Json, Person } from '../../tests/people.ts';
import { internal, sidOf } from './fixture.ts';

/** A message of `sender`, with an id of its own. */
export const item = (sender: Person, room: Json, content: string, more: object = {}) => ({
  roomId: room.id,
  id: randomUUID() as string,
  username: sender.username,
  sid: sidOf(sender.token),
  content,
  ...more,
});

/** @returns one outcome a message; asserts that the whole was answered. */
export async function append(part: { internalUrl: string }, messages: object[], wait = false): Promise<Json[]> {
  const { status, body } = await internal(part, 'POST', '/messages', { messages, wait });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.results.length, messages.length);
  return body.results;
}

/** `stored 3`, `repeated 1`, `busy` … */
export const told = (results: Json[]): string[] =>
  results.map(({ outcome, event }) => (event ? `${outcome} ${event.seq}` : outcome));
