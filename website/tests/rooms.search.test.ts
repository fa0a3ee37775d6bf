// The search for rooms: any part of a name, matched literally, page by page while rooms are created and deleted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import { type Json, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url);
});
after(() => site.stop());

const search = (query: Record<string, string | number>) =>
  ann.call('GET', `/api/rooms?${new URLSearchParams(query as Record<string, string>)}`);
const names = (answer: { body: Json }): string[] => answer.body.rooms.map(({ name }: { name: string }) => name);
/** Inserts rooms without the API. */
const insert = (all: string[]) =>
  site.sql.query(
    `insert into chat_rooms (name, name_key, owner_id)
     select n, k, (select id from users limit 1) from unnest($1::text[], $2::text[]) t(n, k)`,
    [all, all.map(nameKey)],
  );
const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, k) => `${prefix} ${String(k).padStart(4, '0')}`);

test('a search finds any part of a name, in any case, script and normalisation', async () => {
  await insert(['Grüner Tee', 'Teestube', 'Чайная', '茶室二']);
  for (const [query, found] of [
    ['tee', ['Grüner Tee', 'Teestube']],
    ['NER TEE', ['Grüner Tee']],
    ['GRU\u0308N', ['Grüner Tee']],
    ['ЧАЙ', ['Чайная']],
    ['室', ['茶室二']],
    ['nothing like it', []],
  ] as const) {
    assert.deepEqual(names(await search({ query })), found, query);
  }
});

test('a space may be encoded as %20 or as a plus, and an empty query finds all rooms', async () => {
  for (const query of ['ner%20tee', 'ner+tee']) {
    assert.deepEqual(names(await ann.call('GET', `/api/rooms?query=${query}`)), ['Grüner Tee']);
  }
  const all = names(await ann.call('GET', '/api/rooms'));
  assert.ok(all.length >= 4);
  assert.deepEqual(names(await ann.call('GET', '/api/rooms?query=')), all);
});

test('percent, underscore and backslash match only themselves', async () => {
  await insert(['under_score', 'underXscore', 'plain']);
  assert.deepEqual(names(await search({ query: 'under_' })), ['under_score']);
  assert.deepEqual(names(await search({ query: '_' })), ['under_score']);
  for (const query of [
    '%',
    'under%',
    '\\',
    '\\_',
    "it's!",
    '"',
    '*',
    '.*',
    '$1',
    'pl%in',
    '[a-z]',
    '(a)',
    'a/b?c:d@e,f;g+h&i=j#k',
  ]) {
    for (const encode of [
      encodeURIComponent,
      (text: string) => new URLSearchParams({ '': text }).toString().slice(1),
    ]) {
      const answer = await ann.call('GET', `/api/rooms?query=${encode(query)}`);
      assert.deepEqual([answer.status, answer.body.rooms], [200, []], query);
    }
  }
  assert.deepEqual((await ann.call('GET', "/api/rooms?query=a/b?c:d@e,f;g!'()*$h")).body, { rooms: [] });
});

test('all pages together have each room once, in order, while other rooms are created and deleted', async () => {
  const stay = numbered('stay', 40);
  await insert([...stay, ...numbered('stay 0011 and goes', 3)]);
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor; page += 1) {
    const answer = await search({ query: 'STAY', limit: 7, ...(cursor ? { cursor } : {}) });
    assert.equal(answer.status, 200);
    seen.push(...names(answer));
    cursor = answer.body.nextCursor;
    // Deletes rooms around the cursor, and adds others before and after it.
    if (page === 1) await site.sql.query("update chat_rooms set deleted_at = now() where name like '%and goes%'");
    await insert([`stay 0000 new ${page}`, `stay 9999 new ${page}`]);
  }
  assert.deepEqual(
    seen.filter((name) => stay.includes(name)),
    stay,
  );
  assert.equal(new Set(seen).size, seen.length, 'no room twice');
  assert.deepEqual(seen, seen.toSorted());
  assert.ok(
    seen.some((name) => name.startsWith('stay 9999 new')),
    'precondition: rooms that were added after the cursor are seen too',
  );
});

test('a page has as many rooms as `limit` says, at most pageMax, and by default pageDefault', async () => {
  await insert(numbered('paged', LIMITS.pageMax + 1));
  const largest = await search({ query: 'paged', limit: LIMITS.pageMax });
  assert.equal(names(largest).length, LIMITS.pageMax);
  assert.equal(
    names(await search({ query: 'paged', limit: LIMITS.pageMax, cursor: largest.body.nextCursor })).length,
    1,
  );
  note('limit pageMax at');
  assertProblem(await search({ limit: LIMITS.pageMax + 1 }), 'invalid_request', '/query/limit');
  note('limit pageMax beyond');
  assertProblem(await search({ limit: 0 }), 'invalid_request', '/query/limit');

  const usual = await search({ query: 'paged' });
  assert.equal(names(usual).length, LIMITS.pageDefault);
  assert.ok(usual.body.nextCursor);
  note('limit pageDefault beyond');
  await site.sql.query("delete from chat_rooms where name > 'paged 0049' and name like 'paged%'");
  const all = await search({ query: 'paged' });
  assert.equal(names(all).length, LIMITS.pageDefault);
  assert.ok(!('nextCursor' in all.body));
  note('limit pageDefault at');
});

test('an invalid cursor is refused, and an old one still works', async () => {
  for (const cursor of ['_w', 'AA', 'gICA', '-']) {
    assertProblem(await search({ cursor }), 'invalid_request', '/query/cursor');
  }
  for (const cursor of ['', 'a b', 'ä', 'a'.repeat(1_025)]) {
    assertProblem(await search({ cursor }), 'invalid_request', '/query/cursor');
  }
  const old = Buffer.from('paged').toString('base64url');
  assert.ok(names(await search({ query: 'paged', cursor: old })).length > 0);
});

test('a query has at most as many characters as a name', async () => {
  assert.equal((await search({ query: '𝕋'.repeat(LIMITS.roomNameMax) })).status, 200);
  const beyond = await search({ query: 'x'.repeat(LIMITS.roomNameMax + 1) });
  assertProblem(beyond, 'invalid_request', '/query/query');
});
