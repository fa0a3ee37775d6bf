// Every limit of the HTTP API: n is accepted, n + 1 is refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type Answer, call, PASSWORD, type Person, person } from '../people.ts';
import { openRecords, type Records } from '../records.ts';
import { SECRETS, startTestStack, type TestStack } from '../stack.ts';
import { note } from '../wiretap.ts';

let stack: TestStack;
let records: Records;
let ann: Person;

before(async () => {
  stack = await startTestStack();
  records = openRecords(stack.databaseUrl);
  ann = await person(stack.url);
});
after(async () => {
  await records.close();
  await stack.stop();
});

type Name = keyof typeof LIMITS;

function both(name: Name, at: Answer, beyond: Answer, status = 400): void {
  assert.ok(at.status < 300, `${name} at ${LIMITS[name]}: ${JSON.stringify(at.body)}`);
  assert.equal(beyond.status, status, `${name} beyond ${LIMITS[name]}: ${JSON.stringify(beyond.body)}`);
  note(`limit ${name} at`);
  note(`limit ${name} beyond`);
}

const unique = () => randomUUID().slice(0, 8);
const register = (change: object) =>
  call(stack.url, 'POST', '/api/users', {
    body: { email: `${unique()}@example.org`, username: `u-${unique()}`, password: PASSWORD, ...change },
  });
const longer = (text: string, length: number) => text.padEnd(length, 'x').slice(0, length);

test('the lengths of username, email and password are limited', async () => {
  const name = (length: number) => longer(randomUUID(), length);
  both('usernameMin', await register({ username: name(3) }), await register({ username: name(2) }));
  both('usernameMax', await register({ username: name(32) }), await register({ username: name(33) }));
  const email = (length: number) => `${longer(randomUUID(), length - 12)}@example.org`;
  both('emailMax', await register({ email: email(254) }), await register({ email: email(255) }));
  // Characters are code points: each of these is two UTF-16 units.
  both('passwordMin', await register({ password: '🎂🍰🫖🥄🍵🧁🥐🍪' }), await register({ password: '🎂🍰🫖🥄🍵🧁🥐' }));
  both('passwordMax', await register({ password: '🎂'.repeat(128) }), await register({ password: '🎂'.repeat(129) }));
});

test('the length of a room name is limited after normalisation to NFC', async () => {
  const create = (name: string) => ann.call('POST', '/api/rooms', { name });
  const decomposed = (length: number) => `${unique()}${'e\u0301'.repeat(length - 8)}`;
  both('roomNameMax', await create(decomposed(64)), await create(decomposed(65)));
});

test('content and body are limited, and the body limit allows the largest content in its longest escaped form', async () => {
  const room = await ann.createRoom();
  const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
  const send = (content: string) => ann.call('POST', path, { id: randomUUID(), content });
  both('contentMax', await send('🎂'.repeat(4_000)), await send('🎂'.repeat(4_001)));
  const body = (length: number) => {
    const escaped = `{"id":"${randomUUID()}","content":"${'\\ud83c\\udf82'.repeat(4_000)}"}`;
    return escaped.padEnd(length);
  };
  assert.ok(body(0).length < LIMITS.bodyMax);
  const raw = (text: string) => call(stack.url, 'POST', path, { body: text, token: ann.token });
  both('bodyMax', await raw(body(LIMITS.bodyMax)), await raw(body(LIMITS.bodyMax + 1)), 413);
});

test('the size of a page and the value of a seq are limited', async () => {
  const [owner] = await records.members(1);
  const room = await records.room(owner!);
  await records.fill(room, owner!, 120);
  const page = (query: string) => ann.call('GET', `/api/rooms/${encodeURIComponent(room.name)}/messages?${query}`);
  const at = await page('limit=100');
  assert.equal(at.body.messages.length, 100);
  both('pageMax', at, await page('limit=101'));
  const unasked = await page('');
  assert.deepEqual([unasked.body.messages.length, unasked.body.hasMore], [LIMITS.pageDefault, true]);
  note('limit pageDefault at');
  note('limit pageDefault beyond'); // there are more messages, and hasMore says so
  both('seqMax', await page(`after=${LIMITS.seqMax}`), await page('after=9007199254740992'));
});

test('the messages of one user into one room in 10 s are limited; edits, reactions and deletions count as messages', async () => {
  const bob = await person(stack.url);
  const room = await bob.createRoom();
  const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
  const id = randomUUID();
  const send = (count: number, id = randomUUID()) => bob.call('POST', path, { id, content: `${count}` });
  const reaction = `${path}/${id}/reactions/${encodeURIComponent('👍')}`;
  const changes = [
    (count: number) => bob.call('PATCH', `${path}/${id}`, { content: `${count}` }),
    () => bob.call('PUT', reaction),
    () => bob.call('DELETE', reaction),
  ];
  const kinds = [send, ...changes];
  let last = await send(1, id);
  for (let count = 2; count <= LIMITS.messagesPer10s; count += 1) last = await kinds[count % kinds.length]!(count);
  const beyond = await send(LIMITS.messagesPer10s + 1);
  both('messagesPer10s', last, beyond, 429);
  assert.ok(Number(beyond.headers.get('retry-after')) <= 10);
  for (const change of [...changes, () => bob.call('DELETE', `${path}/${id}`)]) {
    const { status, body } = await change(0);
    assert.deepEqual([status, body.code], [429, 'rate_limited']);
  }
});

test('the messages in one append are limited', async () => {
  const [owner] = await records.members(1);
  const room = await records.room(owner!);
  const append = (count: number) => {
    const { username, sid } = owner!;
    const message = () => ({ roomId: room.id, id: randomUUID(), username, sid, content: 'x' });
    return call(stack.internalUrl, 'POST', '/internal/messages', {
      body: { messages: Array.from({ length: count }, message), wait: true },
      token: SECRETS.INTERNAL_SECRET,
    });
  };
  both('appendMax', await append(LIMITS.appendMax), await append(LIMITS.appendMax + 1));
});

test('the wrong passwords for one account in 10 min and the registrations from one address in an hour are limited', async () => {
  const strict = await startTestStack({
    LOGINS_PER_10MIN: String(LIMITS.loginsPer10Min),
    REGISTRATIONS_PER_HOUR: String(LIMITS.registrationsPerHour),
  });
  const email = `${unique()}@example.org`;
  const register = () =>
    call(strict.url, 'POST', '/api/users', {
      body: { email: `${unique()}@example.org`, username: unique(), password: PASSWORD },
    });
  await call(strict.url, 'POST', '/api/users', { body: { email, username: unique(), password: PASSWORD } });
  let registered = await register();
  for (let count = 3; count <= LIMITS.registrationsPerHour; count += 1) registered = await register();
  both('registrationsPerHour', registered, await register(), 429);
  const logIn = (password: string) => call(strict.url, 'POST', '/api/session', { body: { email, password } });
  for (let count = 2; count <= LIMITS.loginsPer10Min; count += 1) await logIn('a wrong password');
  const loggedIn = await logIn(PASSWORD);
  await logIn('a wrong password');
  both('loginsPer10Min', loggedIn, await logIn(PASSWORD), 429);
  await strict.stop();
});

test('a session expires at the end of its lifetime', async () => {
  const { body } = await call(stack.url, 'POST', '/api/access-tokens', {
    body: { email: ann.email, password: PASSWORD },
  });
  const seconds = (Date.parse(body.expiresAt) - Date.now()) / 1_000;
  assert.ok(Math.abs(seconds - LIMITS.sessionSeconds) < 5, `${seconds} s`);
  const whoAmI = () => call(stack.url, 'GET', '/api/session', { token: body.accessToken });
  const at = await whoAmI();
  await records.query(`update sessions set expires_at = now() where expires_at = $1`, [body.expiresAt]);
  both('sessionSeconds', at, await whoAmI(), 401);
});
