// A request with far more values than the contract allows costs no more than any other. Few errors are all named.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import contract from '@parlance/specs/openapi.server.json' with { type: 'json' };
import { type Answer, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import type { Contract } from '../app/operations.ts';
import { mostValues, valueBounds } from '../app/request_values.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url);
});
after(() => site.stop());

const api = contract as unknown as Contract;
const schemas = contract.components.schemas;
const unknownKeys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, k) => [`key${k}`, k]));
/** The number of values in the largest body of the contract. */
const largest = Math.max(
  ...Object.values(api.paths).flatMap((item) =>
    Object.values(item).flatMap(({ requestBody }) => {
      const { content } = (requestBody ?? {}) as { content?: { 'application/json': { schema: object } } };
      return content ? [mostValues(api, content['application/json'].schema)] : [];
    }),
  ),
);
const allowed = largest + LIMITS.errorsNamed;
const createRoom = (body: unknown) => ann.call('POST', '/api/rooms', body);
const pointers = (answer: Answer) => answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);

test('at most errorsNamed errors of a request are named', async () => {
  const all = await createRoom(unknownKeys(LIMITS.errorsNamed - 1));
  assertProblem(all, 'invalid_request');
  const expected = ['/body/name', ...Object.keys(unknownKeys(LIMITS.errorsNamed - 1)).map((key) => `/body/${key}`)];
  assert.deepEqual(pointers(all).toSorted(), expected.toSorted());
  note('limit errorsNamed at');
  assert.equal(pointers(await createRoom(unknownKeys(LIMITS.errorsNamed))).length, LIMITS.errorsNamed);
  note('limit errorsNamed beyond');
});

test('a body with more values than the contract allows is refused as a whole, whatever form they have', async () => {
  assert.equal(pointers(await createRoom(unknownKeys(allowed - 1))).length, LIMITS.errorsNamed, 'it was validated');
  const bodies = [
    unknownKeys(allowed),
    unknownKeys(4_000),
    { name: Array.from({ length: allowed }, () => 1) },
    Array.from({ length: 30_000 }, () => 1),
    '['.repeat(30_000) + ']'.repeat(30_000),
    `{"name":${'{"x":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
    // Not JSON: it is not parsed.
    '{'.repeat(60_000),
  ];
  for (const body of bodies) {
    for (const path of ['/api/rooms', '/api/session', '/api/users']) {
      const answer = await ann.call('POST', path, body);
      assertProblem(answer, 'invalid_request', '/body');
      assert.deepEqual(pointers(answer), ['/body']);
      assert.match(answer.body.errors[0].detail, new RegExp(`more than ${allowed} values`));
    }
  }
});

test('characters in strings do not count as values', async () => {
  const content = `${'{["\\,'.repeat(600)}\u{1F375}`;
  const { name } = await ann.createRoom();
  const path = `/api/rooms/${encodeURIComponent(name)}/messages`;
  const sent = await ann.call('POST', path, { id: crypto.randomUUID(), content });
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  assert.equal(sent.body.content, content);
});

test('a query with more parameters than the contract allows is refused as a whole', async () => {
  const get = (query: string) => ann.call('GET', `/api/rooms?${query}`);
  for (const query of ['x&'.repeat(5_000), 'limit=1&'.repeat(1_500), '&'.repeat(10_000)]) {
    const answer = await get(query);
    assertProblem(answer, 'invalid_request', '/query');
    assert.match(answer.body.errors[0].detail, /more than \d+ parameters/);
  }
  const few = await get('x=1&y=2&limit=0');
  assertProblem(few, 'invalid_request');
  assert.deepEqual(pointers(few), ['/query/x'], 'it was validated');
});

test('the limit is derived from the contract, and a schema without a limit is an error', () => {
  assert.ok(largest >= 4, `${largest}`);
  assert.equal(mostValues(api, schemas.NewUser as never), 5);
  const list = (items: object) => ({ type: 'array', maxItems: 3, items });
  assert.equal(mostValues(api, list({ type: 'string' }) as never), 4);
  assert.equal(mostValues(api, list(list({ type: 'string' })) as never), 13);
  assert.equal(mostValues(api, { oneOf: [{ type: 'string' }, list({ type: 'null' })] } as never), 4);
  const item = (schema: object) => ({
    paths: { '/x': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
  });
  for (const schema of [{}, { type: 'array', items: { type: 'string' } }, { type: 'object', properties: {} }]) {
    assert.throws(() => valueBounds(item(schema) as never), /no largest value/);
  }
});
