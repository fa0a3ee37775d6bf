// The private signing keys in the database: unreadable without SESSION_SECRET, so that a dump is not enough to sign.
// Also rows of earlier releases, a changed secret, and a rotation with the wrong secret.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { rotateKeys } from '@parlance/website/signing_keys.ts';
import jwt from 'jsonwebtoken';
import { call, type Json, type Person, person } from '../../tests/people.ts';
import { SECRETS } from '../../tests/stack.ts';
import { assertProblem, internal, startTestWebsite, type TestWebsite } from './fixture.ts';

const OTHER_SECRET = { SESSION_SECRET: 'another-session-secret-of-the-tests' };

async function started(t: TestContext): Promise<TestWebsite> {
  const site = await startTestWebsite();
  t.after(() => site.stop());
  return site;
}

const pem = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const rowsOf = async (site: TestWebsite): Promise<Json[]> =>
  (await site.sql.query('select kid, purpose, private_key, created_at from signing_keys order by kid')).rows;

const kidsOf = async (site: { internalUrl: string }): Promise<string[]> =>
  (await internal(site, 'GET', '/jwks')).body.keys.map(({ kid }: Json) => kid);

async function rotate(site: TestWebsite, secret: string): Promise<void> {
  const dbs = openDatabases(site.databaseUrl, 1, createLog({ service: 'test', level: 'error' }));
  await rotateKeys(dbs.general, secret).finally(() => dbs.close());
}

/** Tries every value of every table, raw and decoded, as a private key, as an attacker with a dump would. */
async function privateKeysIn(site: TestWebsite): Promise<string[]> {
  const { rows: tables } = await site.sql.query(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await site.sql.query(`select * from "${name}"`);
    for (const value of rows.flatMap((row) => Object.values(row) as unknown[])) {
      if (typeof value !== 'string' && !Buffer.isBuffer(value)) continue;
      const text = String(value);
      const parts = [text, ...text.split(/[.:$ ,]/)];
      const bytes = parts.flatMap((part) =>
        ['base64', 'base64url', 'hex'].map((how) => Buffer.from(part, how as 'hex')),
      );
      const forms = [
        ...parts.map((key) => () => createPrivateKey(key)),
        ...bytes.flatMap((key) => [
          () => createPrivateKey(key),
          () => createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
          () => createPrivateKey({ key, format: 'der', type: 'sec1' }),
          () => createPrivateKey({ key: JSON.parse(key.toString()), format: 'jwk' }),
        ]),
      ];
      if (forms.some((form) => parses(form))) found.push(`${name}: ${text.slice(0, 30)}`);
    }
  }
  return found;
}

function parses(make: () => unknown): boolean {
  try {
    return make() !== undefined;
  } catch {
    return false;
  }
}

test('no value of any table is a private key, before and after a rotation', async (t) => {
  const site = await started(t);
  const ann = await person(site.url);
  await ann.createRoom();
  assert.deepEqual(await privateKeysIn(site), []);
  await rotate(site, SECRETS.SESSION_SECRET);
  assert.deepEqual(await privateKeysIn(site), []);
  await site.sql.query("insert into signing_keys (kid, purpose, private_key) values ('room-x', 'room', $1)", [pem()]);
  assert.equal((await privateKeysIn(site)).length, 1, 'precondition: the search finds a plain key');
});

test('a key cannot be decrypted with another kid or purpose: its ciphertext is bound to both', async (t) => {
  const site = await started(t);
  const [before] = await kidsOf(site);
  await site.sql.query("update signing_keys set kid = 'room-other' where purpose = 'room'");
  await site.sql.query("update signing_keys set purpose = 'room' where purpose = 'access'");
  assert.deepEqual(await kidsOf(site), []);
  const again = await site.again();
  const kids = await kidsOf(again);
  assert.equal(kids.length, 1);
  assert.notEqual(kids[0], before);
});

test('plain keys of an earlier release are encrypted once at the start, and still sign and verify', async (t) => {
  const site = await started(t);
  const ann = await person(site.url);
  await site.sql.query('delete from signing_keys');
  const plain: Record<string, string> = { 'room-old': pem(), 'access-old': pem() };
  for (const [kid, key] of Object.entries(plain)) {
    const values = [kid, kid.split('-')[0], key];
    await site.sql.query('insert into signing_keys (kid, purpose, private_key) values ($1, $2, $3)', values);
  }
  const parts = await Promise.all([site.again(), site.again(), site.again()]);
  assert.deepEqual(await privateKeysIn(site), []);
  assert.deepEqual(
    (await rowsOf(site)).map(({ kid }) => kid),
    ['access-old', 'room-old'],
  );
  for (const part of parts) assert.deepEqual(await kidsOf(part), ['room-old']);
  const [jwk] = (await internal(parts[0]!, 'GET', '/jwks')).body.keys;
  const shown = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  assert.equal(shown, createPublicKey(plain['room-old']!).export({ type: 'spki', format: 'pem' }), 'the same key');

  const { sid } = jwt.decode(ann.token, { json: true })!;
  const token = jwt.sign({ sid, sub: 'x' }, plain['access-old']!, {
    ...{ algorithm: 'ES256', issuer: 'parlance', audience: 'parlance-api', expiresIn: 60 },
    header: { alg: 'ES256', typ: 'at+jwt', kid: 'access-old' },
  });
  assert.equal((await call(parts[1]!.url, 'GET', '/api/session', { token })).status, 200, 'an earlier token');
});

test('with another SESSION_SECRET the website creates new keys and logs a warning; earlier tokens are invalid', async (t) => {
  const site = await started(t);
  const ann = await person(site.url);
  const before = await kidsOf(site);
  const other = await site.again(OTHER_SECRET);
  const kids = await kidsOf(other);
  assert.equal(kids.length, 1);
  assert.ok(!kids.includes(before[0]!));
  const said = other.lines.filter(({ msg }) => /SESSION_SECRET/.test(String(msg)));
  assert.deepEqual(
    said.map(({ level, purpose }) => [level, purpose]),
    [
      ['warn', 'room'],
      ['warn', 'access'],
    ],
  );
  assertProblem(await call(other.url, 'GET', '/api/session', { token: ann.token }), 'not_authenticated');
  const bob: Person = await person(other.url);
  assert.equal((await call(other.url, 'GET', '/api/session', { token: bob.token })).status, 200);
  assert.deepEqual(await privateKeysIn(site), []);

  const restored = await site.again();
  assert.deepEqual(await kidsOf(restored), before, 'the earlier secret decrypts the earlier keys');
  assert.equal((await call(restored.url, 'GET', '/api/session', { token: ann.token })).status, 200);
});

test('repeated starts with new secrets leave two keys per purpose', async (t) => {
  const site = await started(t);
  for (const n of [1, 2, 3]) await site.again({ SESSION_SECRET: `session-secret-number-${n}-of-the-tests` });
  const { rows } = await site.sql.query('select purpose, count(*)::int from signing_keys group by 1 order by 1');
  assert.deepEqual(rows, [
    { purpose: 'access', count: 2 },
    { purpose: 'room', count: 2 },
  ]);
});

test('a rotation with a secret that is not the website’s is refused and changes nothing', async (t) => {
  const site = await started(t);
  const before = await rowsOf(site);
  await assert.rejects(rotate(site, OTHER_SECRET.SESSION_SECRET), /SESSION_SECRET/);
  assert.deepEqual(await rowsOf(site), before);
});
