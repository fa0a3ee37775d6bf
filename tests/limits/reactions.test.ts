// The limits of reactions, and the bounds of an edit's If-Match: n is accepted, n + 1 is refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Answer, call, type Json } from '../people.ts';
import { type Member, openRecords, type RecordedRoom, type Records } from '../records.ts';
import { startTestStack, type TestStack } from '../stack.ts';
import { note } from '../wiretap.ts';

let stack: TestStack;
let records: Records;
let members: Member[];

before(async () => {
  stack = await startTestStack({ MESSAGES_PER_10S: '1000' });
  records = openRecords(stack.databaseUrl);
  members = await records.members(LIMITS.reactionNamed + 1);
});
after(async () => {
  await records.close();
  await stack.stop();
});

/** A message of the first member, and requests about it. */
async function message() {
  const author = members[0]!;
  const room: RecordedRoom = await records.room(author);
  const id = randomUUID();
  const messages = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
  const ask = async (as: Member, method: string, path: string, body?: Json, headers = {}): Promise<Answer> =>
    call(stack.url, method, path, { body, headers, token: await records.accessToken(as) });
  await ask(author, 'POST', messages, { id, content: 'Is the kettle on?' });
  const react = (as: Member, emoji: string, method = 'PUT') =>
    ask(as, method, `${messages}/${id}/reactions/${encodeURIComponent(emoji)}`);
  return {
    react,
    edit: (content: string, tag: string) => ask(author, 'PATCH', `${messages}/${id}`, { content }, { 'If-Match': tag }),
    read: async (): Promise<Json> => (await ask(author, 'GET', `${messages}/${id}`)).body,
    lastSeq: async (): Promise<number> => (await ask(author, 'GET', `${messages}?limit=1`)).body.asOf,
  };
}

function shown(name: keyof typeof LIMITS): void {
  note(`limit ${name} at`);
  note(`limit ${name} beyond`);
}

const EMOJI = [...'😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😗😙😚🙂🤗🤩'];

test('the different reactions under one message are limited', async () => {
  const [ann, bob] = members as [Member, Member];
  const { react, read, lastSeq } = await message();
  const [allowed, [oneMore]] = [EMOJI.slice(0, LIMITS.reactionsPerMessage), EMOJI.slice(LIMITS.reactionsPerMessage)];
  for (const emoji of allowed) assert.equal((await react(ann, emoji)).status, 204);
  const before = await lastSeq();
  const refused = await react(bob, oneMore!);
  assert.deepEqual([refused.status, refused.body.code], [409, 'too_many_reactions']);
  assert.equal(await lastSeq(), before, 'no event is stored');
  assert.equal((await react(bob, allowed[0]!)).status, 204, 'an emoji that is already present does not count again');
  assert.equal((await react(ann, allowed[1]!, 'DELETE')).status, 204);
  assert.equal((await react(bob, oneMore!)).status, 204, 'a removed emoji frees its place');
  const { reactions } = await read();
  assert.deepEqual(
    reactions.map(({ emoji }: Json) => emoji),
    [...allowed.filter((emoji) => emoji !== allowed[1]), oneMore],
  );
  shown('reactionsPerMessage');
});

test('the users that a reaction names are limited', async () => {
  const { react, read } = await message();
  const names = members.map(({ username }) => username);
  const entry = async () => (await read()).reactions[0];
  for (const member of members.slice(0, -1)) assert.equal((await react(member, '👍')).status, 204);
  const all = { emoji: '👍', count: LIMITS.reactionNamed, usernames: names.slice(0, -1) };
  assert.deepEqual(await entry(), all);
  await react(members.at(-1)!, '👍');
  assert.deepEqual(await entry(), { ...all, count: LIMITS.reactionNamed + 1 }, 'the last is counted but not named');
  await react(members[0]!, '👍', 'DELETE');
  const fewer = { ...all, usernames: names.slice(1, -1) };
  assert.deepEqual(await entry(), fewer, 'a removed name is not replaced');
  await react(members[0]!, '👍');
  assert.deepEqual(
    await entry(),
    { ...all, count: LIMITS.reactionNamed + 1, usernames: [...fewer.usernames, names[0]] },
    'a user who reacts while a place is free is named',
  );
  shown('reactionNamed');
});

test('If-Match accepts only the current revision, and at most sixteen digits', async () => {
  const { edit, read, lastSeq } = await message();
  assert.equal((await edit('second', '"1"')).status, 200);
  const before = await read();
  assert.equal(before.revision, 2);
  for (const tag of ['"1"', '"3"', `"${'9'.repeat(16)}"`]) {
    const { status, body } = await edit('third', tag);
    assert.deepEqual([status, body.code], [412, 'stale_revision'], tag);
  }
  const malformed = await edit('third', `"${'9'.repeat(17)}"`);
  assert.deepEqual([malformed.status, malformed.body.code], [400, 'invalid_request']);
  assert.deepEqual([await read(), await lastSeq()], [before, 2], 'nothing has changed');
  const third = await edit('third', '"2"');
  assert.deepEqual([third.status, third.body.content, third.headers.get('etag')], [200, 'third', '"3"']);
  assert.equal((await edit('fourth', '*')).headers.get('etag'), '"4"');
});
