// Secrets in a dump of the database: the tests create a secret of every kind, and no row of any table may contain one as
// text, base64 or hexadecimal.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openDatabases } from '@parlance/website/database.ts';
import { KeyEncryption } from '@parlance/website/key_encryption.ts';
import { createInvitation } from '@parlance/website/services/invitations.ts';
import { createResetLink } from '@parlance/website/services/password_resets.ts';
import pg from 'pg';
import { call, PASSWORD, person } from './people.ts';
import { recordLog, SECRETS, startTestStack, type TestStack } from './stack.ts';

let stack: TestStack;
let sql: pg.Client;
before(async () => {
  stack = await startTestStack();
  sql = new pg.Client({ connectionString: stack.databaseUrl });
  await sql.connect();
});
after(async () => {
  await sql?.end();
  await stack?.stop();
});

/** Every row of every table as text, with bytes as hexadecimal. */
async function dump(): Promise<string> {
  const { rows } = await sql.query("select table_name from information_schema.tables where table_schema = 'public'");
  let text = '';
  for (const { table_name: name } of rows) {
    for (const { row } of (await sql.query(`select t::text as row from ${name} t`)).rows)
      text += `${row}
`;
  }
  return text;
}

test('a dump of the database has no password, cookie, token, link, invitation or private key', async () => {
  const ann = await person(stack.url);
  const login = await call(stack.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  const cookie = decodeURIComponent(/=([^;]+)/.exec(login.headers.getSetCookie()[0]!)![1]!);
  const sessionId = cookie.slice(2).split('.')[0]!;
  const room = await ann.createRoom();
  const roomToken = await ann.roomToken(room.name);
  const dbs = openDatabases(stack.databaseUrl, 2, recordLog().log);
  const { token: resetToken } = (await createResetLink(dbs.general, ann.username))!;
  const { invitation } = await createInvitation(dbs.general);
  await dbs.close();
  const { rows } = await sql.query('select kid, purpose, private_key from signing_keys');
  assert.equal(rows.length, 2, 'the premise: there are keys');
  const encryption = new KeyEncryption(SECRETS.SESSION_SECRET);
  const keys = rows.map(({ kid, purpose, private_key }) => encryption.decrypt({ kid, purpose }, private_key)!);
  const privateHalves = keys.map(
    (key) => createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }) as string).export({ format: 'jwk' }).d!,
  );

  const text = await dump();
  assert.ok(text.includes(ann.email) && text.includes(room.name), 'the premise: the dump has what is not secret');
  const hashOf = (value: string) => createHash('sha256').update(value).digest('hex');
  assert.ok(text.includes(hashOf(sessionId)), 'the premise: the dump has bytes as hexadecimal');
  const secrets = {
    PASSWORD,
    cookie,
    sessionId,
    accessToken: ann.token,
    roomToken,
    resetToken,
    invitation,
    ...SECRETS,
  };
  for (const [name, secret] of [...Object.entries(secrets), ...privateHalves.map((half) => ['key', half] as const)]) {
    for (const form of ['utf8', 'base64', 'base64url', 'hex'] as const) {
      const written = Buffer.from(secret).toString(form);
      assert.ok(!text.includes(written.replace(/=+$/, '')), `${name} in ${form}`);
    }
    const bytes = Buffer.from(secret, 'base64url').toString('hex');
    assert.ok(bytes.length < 16 || !text.includes(bytes), `the decoded bytes of ${name}`);
  }
});

test('the hashes and ids in a dump are accepted neither as password, cookie nor token', async () => {
  const ann = await person(stack.url);
  await call(stack.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  const { rows } = await sql.query(
    'select u.hashed_password, s.handle, s.cookie_hash from users u join sessions s on s.user_id = u.id where u.username = $1 and s.cookie_hash is not null',
    [ann.username],
  );
  const {
    hashed_password: hashed,
    handle,
    cookie_hash: hash,
  } = rows[0] as { hashed_password: string; handle: string; cookie_hash: Buffer };
  const logIn = (password: string) =>
    call(stack.url, 'POST', '/api/access-tokens', { body: { email: ann.email, password } });
  assert.equal((await logIn(hashed.slice(0, 128))).status, 401);
  for (const value of [handle, hash.toString('hex'), hash.toString('base64url'), `s:${hash.toString('base64url')}.x`]) {
    const cookie = `parlance_session=${encodeURIComponent(value)}`;
    assert.equal((await call(stack.url, 'GET', '/api/session', { headers: { cookie } })).status, 401);
    assert.equal((await call(stack.url, 'GET', '/api/session', { token: value.replaceAll(':', '.') })).status, 401);
  }
});
