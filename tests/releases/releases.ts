// The databases of the released versions, made by make.ts, and what the API of those versions answered. Asserts that an
// upgraded server answers the same.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBackup } from '@parlance/website/backup/load.ts';
import { call, type Json, PASSWORD } from '../people.ts';

export interface ReleasedRoom {
  id: string;
  name: string;
  /** As listMessages answered. */
  messages: Json[];
  /** As listEvents answered; 0.1.0 had no such operation: each event was a message. */
  events?: Json[];
}

export interface Release {
  version: string;
  /** They log in with PASSWORD; the first owns or administers every room. */
  users: { username: string; email: string }[];
  rooms: ReleasedRoom[];
}

export const backupOf = (version: string): string => join(import.meta.dirname, `${version}.backup`);

/** Of every version of specs/releases. */
export const RELEASES: Release[] = readdirSync(join(import.meta.dirname, '../../specs/releases'))
  .sort()
  .map((version) => JSON.parse(readFileSync(join(import.meta.dirname, `${version}.json`), 'utf8')));

export const releaseOf = (version: string): Release => RELEASES.find((one) => one.version === version)!;

/** Puts the database of that version, with its schema, into an empty one. */
export async function loadRelease(url: string, version: string): Promise<Release> {
  await loadBackup(url, createReadStream(backupOf(version)), { keepSchema: true });
  return releaseOf(version);
}

const at = (room: ReleasedRoom, rest = '') => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;

export async function logIn(url: string, { email }: { email: string }): Promise<string> {
  const { status, body } = await call(url, 'POST', '/api/access-tokens', { body: { email, password: PASSWORD } });
  assert.equal(status, 201, `${email} cannot log in`);
  return body.accessToken;
}

/** All messages or events from the beginning, page by page. */
export async function readAll(
  url: string,
  token: string,
  room: ReleasedRoom,
  what: 'messages' | 'events',
): Promise<Json[]> {
  const all: Json[] = [];
  for (let more = true; more; ) {
    const after = all.at(-1)?.seq ?? 0;
    const { status, body } = await call(url, 'GET', at(room, `/${what}?after=${after}&limit=100`), { token });
    assert.equal(status, 200);
    all.push(...body[what]);
    more = body.hasMore;
  }
  return all;
}

/** Asserts that every room, message, event and login of that version is there, and that a room takes more. */
export async function assertUpgraded(url: string, { users, rooms }: Release): Promise<void> {
  const [token = ''] = await Promise.all(users.map((user) => logIn(url, user)));
  for (const room of rooms) {
    const { id: roomId, messages, events } = room;
    const before = (message: Json) => ({ ...message, version: message.seq, revision: message.seq, reactions: [] });
    const states = events ? messages : messages.map(before);
    const log = events ?? messages.map((message) => ({ type: 'message.created', roomId, ...message }));
    assert.deepEqual(await readAll(url, token, room, 'messages'), states);
    assert.deepEqual(await readAll(url, token, room, 'events'), log);
    const { id, lastSeq, messageCount } = (await call(url, 'GET', at(room), { token })).body;
    const count = states.filter(({ deletedAt }) => !deletedAt).length;
    assert.deepEqual([id, lastSeq, messageCount], [roomId, log.length, count]);
  }
  assert.equal((await call(url, 'GET', '/api/rooms/A%20deleted%20room', { token })).status, 404);
  const [last] = rooms.slice(-1) as [ReleasedRoom];
  const { id, username, content, seq } = last.messages.findLast(
    (message) => message.content && users.some((user) => user.username === message.username),
  );
  const author = await logIn(url, users.find((user) => user.username === username) ?? assert.fail(username));
  const repeat = await call(url, 'POST', at(last, '/messages'), { token: author, body: { id, content } });
  assert.deepEqual([repeat.status, repeat.body.seq], [200, seq]);
  const lastSeq = last.events?.length ?? last.messages.length;
  const edit = { token: author, body: { content: `edited ${randomUUID()}` } };
  const edited = await call(url, 'PATCH', at(last, `/messages/${id}`), edit);
  assert.deepEqual([edited.status, edited.body.seq, edited.body.version], [200, seq, lastSeq + 1]);
}
