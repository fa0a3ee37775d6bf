// Helpers for tests of appends: build a message, append a batch, and summarize the outcomes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Json, Person } from '../../tests/people.ts';
import { internal, sidOf } from './fixture.ts';

/** A message of `sender`, with a new id. */
export const item = (sender: Person, room: Json, content: string, more: object = {}) => ({
  roomId: room.id,
  id: randomUUID() as string,
  username: sender.username,
  sid: sidOf(sender.token),
  content,
  ...more,
});

/** Asserts status 200 and one outcome per message. @returns the outcomes. */
export async function append(part: { internalUrl: string }, messages: object[], wait = false): Promise<Json[]> {
  const { status, body } = await internal(part, 'POST', '/messages', { messages, wait });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.results.length, messages.length);
  return body.results;
}

/** `stored 3`, `repeated 1`, `busy` … */
export const told = (results: Json[]): string[] =>
  results.map(({ outcome, event }) => (event ? `${outcome} ${event.seq}` : outcome));
