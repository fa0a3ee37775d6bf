// Editing, deleting and reacting over HTTP: effects, permissions, and that a refused request changes nothing.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Answer, type Json, type Person, person } from '../../tests/people.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let bob: Person;
let cid: Person;
before(async () => {
  site = await startTestWebsite({ MESSAGES_PER_10S: '1000' });
  [ann, bob, cid] = [await person(site.url, 'ann'), await person(site.url, 'bob'), await person(site.url, 'cid')];
});
after(() => site.stop());

const at = (room: Json, rest = '') => `/api/rooms/${encodeURIComponent(room.name)}${rest}`;
const messageAt = (room: Json, id: string, rest = '') => at(room, `/messages/${id}${rest}`);
const reaction = (room: Json, id: string, emoji: string) =>
  messageAt(room, id, `/reactions/${encodeURIComponent(emoji)}`);
const state = async (room: Json, id: string): Promise<Json> => (await cid.call('GET', messageAt(room, id))).body;
const events = async (room: Json): Promise<Json[]> =>
  (await cid.call('GET', at(room, '/events?limit=100'))).body.events;
const types = async (room: Json) => (await events(room)).map(({ type }) => type);
const edit = (who: Person, room: Json, id: string, content: string, ifMatch?: string): Promise<Answer> =>
  who.call('PATCH', messageAt(room, id), { content }, ifMatch ? { 'if-match': ifMatch } : {});

/** A room of ann's with one message of bob's. */
async function said(content = 'one'): Promise<{ room: Json; id: string }> {
  const room = await ann.createRoom();
  const id = randomUUID();
  assert.equal((await bob.call('POST', at(room, '/messages'), { id, content, roomId: room.id })).status, 201);
  return { room, id };
}

/** Runs `refused` and asserts that neither the message nor the log has changed. */
async function unchanged(room: Json, id: string, refused: () => Promise<void>): Promise<void> {
  const [before, log] = [await state(room, id), await events(room)];
  await refused();
  assert.deepEqual(await state(room, id), before);
  assert.deepEqual(await events(room), log);
  assert.equal((await cid.call('GET', at(room))).body.lastSeq, log.length);
}

test('an edit replaces the text and returns the message with its new ETag', async () => {
  const { room, id } = await said();
  const answer = await edit(bob, room, id, 'two');
  assert.deepEqual([answer.status, answer.headers.get('etag')], [200, '"2"']);
  const { content, revision, version, seq, editedAt, reactions } = answer.body;
  assert.deepEqual([content, revision, version, seq, reactions], ['two', 2, 2, 1, []]);
  assert.ok(Math.abs(Date.parse(editedAt) - Date.now()) < 60_000);
  const read = await cid.call('GET', messageAt(room, id));
  assert.deepEqual([read.status, read.headers.get('etag'), read.body], [200, '"2"', answer.body]);
  assert.deepEqual((await cid.call('GET', at(room, '/messages'))).body.messages, [answer.body]);
});

test('an edit to the current text changes nothing, whatever its If-Match', async () => {
  const { room, id } = await said();
  const first = await edit(bob, room, id, 'two', '"1"');
  await unchanged(room, id, async () => {
    for (const ifMatch of [undefined, '"1"', '"2"', '*']) {
      const again = await edit(bob, room, id, 'two', ifMatch);
      assert.deepEqual([again.status, again.headers.get('etag'), again.body], [200, '"2"', first.body], ifMatch);
    }
  });
});

test('an edit with a stale revision is refused; with the current revision or * it succeeds', async () => {
  const { room, id } = await said();
  assert.equal((await edit(bob, room, id, 'two', '"1"')).status, 200);
  await unchanged(room, id, async () => assertProblem(await edit(bob, room, id, 'three', '"1"'), 'stale_revision'));
  await bob.call('PUT', reaction(room, id, '👍'));
  assert.equal((await edit(bob, room, id, 'three', '"2"')).status, 200, 'a reaction does not change the revision');
  assert.equal((await edit(bob, room, id, 'four', '*')).body.content, 'four');
});

test('a weak If-Match, as a compressing proxy sends it, is compared like the strong one', async () => {
  const { room, id } = await said();
  assert.equal((await edit(bob, room, id, 'two', 'W/"1"')).status, 200);
  await unchanged(room, id, async () => assertProblem(await edit(bob, room, id, 'three', 'W/"1"'), 'stale_revision'));
});

test('If-None-Match never yields a 304, since the ETag does not cover reactions', async () => {
  const { room, id } = await said();
  for (const tag of ['"1"', '*']) {
    const answer = await bob.call('GET', messageAt(room, id), undefined, {
      'if-none-match': tag,
      'cache-control': 'max-age=0', // otherwise fetch sends no-cache
    });
    assert.deepEqual([answer.status, answer.body.id], [200, id]);
  }
});

test('an If-Match that is not a single entity tag of a message is refused', async () => {
  const { room, id } = await said();
  await unchanged(room, id, async () => {
    for (const ifMatch of ['1', 'w/"1"', '"1", "2"', '"x"', '""', '**']) {
      assertProblem(await edit(bob, room, id, 'two', ifMatch), 'invalid_request', '/headers/if-match');
    }
  });
});

test('only the author can edit; only the author and the room owner can delete', async () => {
  const { room, id } = await said();
  await unchanged(room, id, async () => {
    for (const who of [ann, cid]) assertProblem(await edit(who, room, id, 'mine now'), 'not_message_author');
    assertProblem(await cid.call('DELETE', messageAt(room, id)), 'not_message_author');
  });
  assert.equal((await ann.call('DELETE', messageAt(room, id))).status, 204);
  const { deletedBy, username, ...rest } = await state(room, id);
  assert.deepEqual([username, deletedBy], ['bob', 'ann']);
  assert.deepEqual(Object.keys(rest).toSorted(), [
    'deletedAt',
    'id',
    'revision',
    'room',
    'seq',
    'timestamp',
    'version',
  ]);
});

test('a deleted message can be neither edited nor reacted to, and deleting it again changes nothing', async () => {
  const { room, id } = await said();
  await ann.call('PUT', reaction(room, id, '👍'));
  assert.equal((await bob.call('DELETE', messageAt(room, id))).status, 204);
  assert.deepEqual(await types(room), ['message.created', 'reaction.added', 'message.deleted']);
  await unchanged(room, id, async () => {
    for (const who of [bob, ann]) assert.equal((await who.call('DELETE', messageAt(room, id))).status, 204);
    assertProblem(await cid.call('DELETE', messageAt(room, id)), 'not_message_author');
    assertProblem(await edit(bob, room, id, 'back'), 'message_deleted');
    for (const method of ['PUT', 'DELETE']) {
      assertProblem(await ann.call(method, reaction(room, id, '👍')), 'message_deleted');
    }
  });
});

test('reactions are counted per emoji, in the order of their first use, and repeats change nothing', async () => {
  const { room, id } = await said();
  for (const [who, emoji] of [
    [ann, '👍'],
    [cid, '❤️'],
    [bob, '👍'],
  ] as const) {
    assert.equal((await who.call('PUT', reaction(room, id, emoji))).status, 204);
  }
  const shown = [
    { emoji: '👍', count: 2, usernames: ['ann', 'bob'] },
    { emoji: '❤️', count: 1, usernames: ['cid'] },
  ];
  assert.deepEqual((await state(room, id)).reactions, shown);
  await unchanged(room, id, async () => {
    assert.equal((await ann.call('PUT', reaction(room, id, '👍'))).status, 204);
    assert.equal((await ann.call('DELETE', reaction(room, id, '❤️'))).status, 204);
    assert.equal((await ann.call('DELETE', reaction(room, id, '🎉'))).status, 204);
  });
  assert.equal((await ann.call('DELETE', reaction(room, id, '👍'))).status, 204);
  assert.deepEqual((await state(room, id)).reactions, [
    { emoji: '👍', count: 1, usernames: ['bob'] },
    { emoji: '❤️', count: 1, usernames: ['cid'] },
  ]);
  await bob.call('DELETE', reaction(room, id, '👍'));
  await ann.call('PUT', reaction(room, id, '👍'));
  assert.deepEqual((await state(room, id)).reactions, [
    { emoji: '❤️', count: 1, usernames: ['cid'] },
    { emoji: '👍', count: 1, usernames: ['ann'] },
  ]);
});

test('a reaction that is not one fully qualified emoji is refused', async () => {
  const { room, id } = await said();
  await unchanged(room, id, async () => {
    for (const emoji of ['ok', '👍👍', '❤', '1', ' ', '👍 ', 'a👍', '\u200d', '🏴\u{E0067}']) {
      for (const method of ['PUT', 'DELETE']) {
        assertProblem(await ann.call(method, reaction(room, id, emoji)), 'invalid_request', '/path/emoji');
      }
    }
  });
});

test('a message missing from the room is message_not_found, a missing room is room_not_found', async () => {
  const { room, id } = await said();
  const other = await ann.createRoom();
  for (const [where, message, code] of [
    [room, randomUUID(), 'message_not_found'],
    [other, id, 'message_not_found'],
    [{ name: 'Nowhere' }, id, 'room_not_found'],
  ] as const) {
    assertProblem(await bob.call('GET', messageAt(where, message)), code);
    assertProblem(await edit(bob, where, message, 'x'), code);
    assertProblem(await bob.call('DELETE', messageAt(where, message)), code);
    for (const method of ['PUT', 'DELETE']) assertProblem(await bob.call(method, reaction(where, message, '👍')), code);
  }
  assert.deepEqual(await events(other), []);
});

test('after an edit or deletion, a repeated send is recognised by id and author and stores nothing', async () => {
  const { room, id } = await said('one');
  const send = (who: Person, content: string) => who.call('POST', at(room, '/messages'), { id, content });
  await edit(bob, room, id, 'two');
  await unchanged(room, id, async () => {
    for (const content of ['one', 'two', 'anything']) {
      const answer = await send(bob, content);
      assert.deepEqual([answer.status, answer.body], [200, await state(room, id)]);
    }
    assertProblem(await send(ann, 'one'), 'id_conflict');
  });
  await bob.call('DELETE', messageAt(room, id));
  await unchanged(room, id, async () => {
    const answer = await send(bob, 'one');
    assert.deepEqual([answer.status, answer.body], [200, await state(room, id)]);
    assertProblem(await send(ann, 'one'), 'id_conflict');
  });
  assert.equal((await cid.call('GET', at(room))).body.messageCount, 0);
});

test('a late retry is not stored in another room that now has the same name', async () => {
  const room = await ann.createRoom();
  assert.equal((await ann.call('DELETE', at(room))).status, 204);
  const next = await bob.createRoom(room.name);
  const message = { id: randomUUID(), content: 'for the first room' };
  assertProblem(await ann.call('POST', at(room, '/messages'), { ...message, roomId: room.id }), 'other_room');
  assert.deepEqual(await events(next), []);
  assert.equal((await ann.call('POST', at(room, '/messages'), { ...message, roomId: next.id })).status, 201);
});

test('edits, deletions and reactions count towards the message rate limit', async () => {
  const limited = await startTestWebsite({ MESSAGES_PER_10S: '5' });
  const dan = await person(limited.url, 'dan');
  const room = await dan.createRoom();
  const id = randomUUID();
  await dan.call('POST', at(room, '/messages'), { id, content: 'one' });
  await edit(dan, room, id, 'two');
  await dan.call('PUT', reaction(room, id, '👍'));
  await dan.call('DELETE', reaction(room, id, '👍'));
  await dan.call('DELETE', messageAt(room, id));
  for (const refused of [
    await edit(dan, room, id, 'three'),
    await dan.call('PUT', reaction(room, id, '👍')),
    await dan.call('DELETE', reaction(room, id, '👍')),
    await dan.call('DELETE', messageAt(room, id)),
  ]) {
    assertProblem(refused, 'rate_limited');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  }
  assert.equal((await dan.call('GET', at(room))).body.lastSeq, 5);
  await limited.stop();
});
