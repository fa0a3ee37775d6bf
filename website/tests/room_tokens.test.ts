// Room tokens: their claims, lifetime and rooms, and the internal key set that verifies them.
import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { validateJwks } from '@parlance/specs/validators.js';
import { openDatabases } from '@parlance/website/database.ts';
import { KeyEncryption } from '@parlance/website/key_encryption.ts';
import { rotateKeys } from '@parlance/website/signing_keys.ts';
import jwt from 'jsonwebtoken';
import { call, type Json, type Person, person } from '../../tests/people.ts';
import { SECRETS } from '../../tests/stack.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, eventually, internal, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let room: Json;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url, 'ann');
  room = await ann.createRoom('Чайная room');
});
after(() => site.stop());

const issue = (name = room.name) => ann.call('POST', `/api/rooms/${encodeURIComponent(name)}/tokens`);
const keySet = async () => {
  const { status, body } = await internal(site, 'GET', '/jwks');
  assert.equal(status, 200);
  assert.ok(validateJwks(body));
  return body.keys as Json[];
};
/** Verifies a token as chat does. */
async function verify(token: string, clockTimestamp = Date.now() / 1_000): Promise<Json> {
  const { kid } = jwt.decode(token, { complete: true })!.header;
  const key = (await keySet()).find((one) => one.kid === kid);
  assert.ok(key, `no key ${kid}`);
  const publicKey: KeyObject = createPublicKey({ key, format: 'jwk' });
  const expected = { algorithms: ['ES256' as const], issuer: 'parlance', audience: 'parlance-chat' };
  return jwt.verify(token, publicKey, { ...expected, clockTimestamp });
}
const rotate = async () => {
  const dbs = openDatabases(site.databaseUrl, 1, createLog({ service: 'test', level: 'error' }));
  await rotateKeys(dbs.general, SECRETS.SESSION_SECRET);
  await dbs.close();
};

test('a token names the user, the room and the session, is valid for a minute, and comes with the URL to use it at', async () => {
  const answer = await issue(room.name.toUpperCase());
  assert.equal(answer.status, 201);
  const { token, expiresAt, ...rest } = answer.body;
  assert.deepEqual(rest, { url: `${site.url.replace('http', 'ws')}/ws/${encodeURIComponent(room.name)}`, room });
  const { header } = jwt.decode(token, { complete: true })!;
  assert.deepEqual([header.alg, header.typ, Object.keys(header).length], ['ES256', 'room+jwt', 3]);
  const { iat, exp, sid, ...claims } = await verify(token);
  const { rows } = await site.sql.query(
    'select u.id as user_id, s.cookie_hash from users u join sessions s on s.user_id = u.id where s.handle = $1',
    [sid],
  );
  assert.deepEqual(claims, {
    iss: 'parlance',
    aud: 'parlance-chat',
    sub: rows[0].user_id,
    email: ann.email,
    username: 'ann',
    room: room.name,
    roomId: room.id,
  });
  assert.equal(exp - iat, LIMITS.roomTokenSeconds);
  assert.ok(Math.abs(iat - Date.now() / 1_000) < 5);
  assert.equal(Date.parse(expiresAt), exp * 1_000);
  await verify(token, iat + LIMITS.roomTokenSeconds - 1);
  note('limit roomTokenSeconds at');
  await assert.rejects(verify(token, iat + LIMITS.roomTokenSeconds), /jwt expired/);
  note('limit roomTokenSeconds beyond');
});

test('a token expires no later than its session', async () => {
  const soon = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 20_500);
  const { rows } = await site.sql.query('update sessions set expires_at = $1 returning expires_at', [soon]);
  assert.equal(rows.length, 1);
  const { exp } = await verify((await issue()).body.token);
  assert.equal(exp, Math.floor(soon.getTime() / 1_000));
  await site.sql.query("update sessions set expires_at = now() + interval '1 day'");
});

test('no token is issued for an unknown room or without a session', async () => {
  assertProblem(await issue('Nowhere'), 'room_not_found');
  const path = `/api/rooms/${encodeURIComponent(room.name)}/tokens`;
  assertProblem(await call(site.url, 'POST', path), 'not_authenticated');
});

test('the key set is internal: it needs the secret, is on no public port, and has no private key', async () => {
  for (const secret of ['', 'wrong', 'internal-secret-of-the-test', 'internal-secret-of-the-tests2', ann.token]) {
    assertProblem(await internal(site, 'GET', '/jwks', undefined, secret), 'not_authenticated');
  }
  for (const path of ['/internal/jwks', '/jwks', '/readyz', '/metrics', '/api/jwks']) {
    assertProblem(await call(site.url, 'GET', path, { token: 'internal-secret-of-the-tests' }), 'not_found');
  }
  for (const key of await keySet()) {
    assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.match(key.kid, /^room-/, 'no keys of access tokens');
  }
});

test('a token that was changed, or made for another purpose or with another key, is refused', async () => {
  const { token } = (await issue()).body;
  const [head, , signature] = token.split('.');
  const session = (bearer: string) => call(site.url, 'GET', '/api/session', { token: bearer });
  assertProblem(await session(token), 'not_authenticated');

  const other = { ...jwt.decode(token, { json: true }), username: 'bob' };
  const changed = `${head}.${Buffer.from(JSON.stringify(other)).toString('base64url')}.${signature}`;
  await assert.rejects(verify(changed), /invalid signature/);
  await assert.rejects(verify(ann.token), /no key/, 'an access token is signed with a key that chat never sees');

  // Signed with the key of access tokens, but not valid as one.
  const { rows } = await site.sql.query("select kid, private_key from signing_keys where purpose = 'access'");
  const encryption = new KeyEncryption(SECRETS.SESSION_SECRET);
  const privateKey = encryption.decrypt({ kid: rows[0].kid, purpose: 'access' }, rows[0].private_key)!;
  const { sid } = jwt.decode(ann.token, { json: true })!;
  const sign = (options: object, header: object = {}) =>
    jwt.sign({ sid, sub: 'x' }, privateKey, {
      algorithm: 'ES256',
      issuer: 'parlance',
      audience: 'parlance-api',
      expiresIn: 60,
      header: { alg: 'ES256', typ: 'at+jwt', kid: rows[0].kid, ...header },
      ...options,
    });
  assert.equal((await session(sign({}))).status, 200, 'precondition: with the right claims it is valid');
  for (const forged of [
    sign({ audience: 'parlance-chat' }),
    sign({ issuer: 'somebody' }),
    sign({ expiresIn: -1 }),
    sign({}, { typ: 'room+jwt' }),
    sign({}, { typ: 'JWT' }),
    sign({}, { kid: 'room-unknown' }),
    sign({}, { kid: undefined }),
    sign({}, { crit: ['b64'], b64: true }),
    sign({}, { crit: [] }),
  ]) {
    assertProblem(await session(forged), 'not_authenticated');
  }
  const hmac = jwt.sign({ sid }, 'secret', {
    audience: 'parlance-api',
    issuer: 'parlance',
    header: { alg: 'HS256', typ: 'at+jwt', kid: rows[0].kid },
  });
  assertProblem(await session(hmac), 'not_authenticated');
});

test('after a rotation a new key signs, earlier tokens still verify at every replica at once, and two keys are kept', async () => {
  const before = (await issue()).body.token;
  const old = jwt.decode(before, { complete: true })!.header.kid;
  const replica = await site.again();
  await rotate();
  const [newest, ...others] = (await keySet()).map(({ kid }) => kid);
  assert.deepEqual(others, [old]);
  // Replicas look for a new key every 5 s.
  let after = '';
  await eventually(async () => {
    after = (await issue()).body.token;
    return jwt.decode(after, { complete: true })!.header.kid === newest;
  }, 6_000);
  for (const token of [before, after]) assert.equal((await verify(token)).username, 'ann');

  assert.equal((await ann.call('GET', '/api/session')).status, 200, 'an earlier access token');
  const body = { email: ann.email, password: 'a long enough password' };
  const { accessToken } = (await call(site.url, 'POST', '/api/access-tokens', { body })).body;
  assert.equal((await call(replica.url, 'GET', '/api/session', { token: accessToken })).status, 200);

  await rotate();
  const live = (await keySet()).map(({ kid }) => kid);
  assert.equal(live.length, 2);
  assert.ok(live.includes(newest) && !live.includes(old));
  await assert.rejects(verify(before), /no key/);
  const { rows } = await site.sql.query('select purpose, count(*)::int from signing_keys group by 1 order by 1');
  assert.deepEqual(rows, [
    { purpose: 'access', count: 2 },
    { purpose: 'room', count: 2 },
  ]);
});

test('a second start creates no new keys, and concurrent starts create one pair', async () => {
  const kids = async () => (await site.sql.query('select kid from signing_keys order by kid')).rows;
  const before = await kids();
  await site.again();
  assert.deepEqual(await kids(), before);
  await site.sql.query('delete from signing_keys');
  await Promise.all([site.again(), site.again(), site.again()]);
  assert.equal((await kids()).length, 2);
});
