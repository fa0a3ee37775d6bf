// `npm start`, run as a child process: it prints its URL, keeps its data over Ctrl-C, a kill and restarts, and reports a
// wrong setting in one sentence with exit code 1.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../db/tests/embedded_fixture.ts';
import { raw } from '../website/tests/fixture.ts';
import { call, PASSWORD, person } from './people.ts';
import { exited, run } from './program.ts';
import { testDatabase } from './stack.ts';

test('it prints its URL, and a session, a room and a message survive Ctrl-C, a kill and restarts', async (t) => {
  const settings = { DATA: join(folder(t), 'data'), PORT: '0' };
  const first = await run(t, 'start.ts', settings);
  assert.ok(first.url, first.errors());
  const ann = await person(first.url);
  const login = await call(first.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? assert.fail('there is no cookie');
  const room = await ann.createRoom();
  const socket = await ann.join(room.name);
  const id = socket.say('still here');
  await socket.next('message.created', (frame) => frame.id === id);
  first.process.kill('SIGINT');
  assert.equal(await exited(first), 0, first.errors());
  assert.equal(await socket.closed(), 1012);
  assert.equal(first.errors(), '');

  for (const end of ['SIGKILL', 'SIGTERM'] as const) {
    const again = await run(t, 'start.ts', settings);
    assert.ok(again.url, again.errors());
    const session = await call(again.url, 'GET', '/api/session', { headers: { cookie } });
    assert.equal(session.body.user?.username, ann.username);
    const path = `/api/rooms/${encodeURIComponent(room.name)}/messages`;
    const { body } = await call(again.url, 'GET', path, { token: ann.token });
    assert.deepEqual([body.messages[0].id, body.messages.length], [id, 1]);
    again.process.kill(end);
    assert.equal(await exited(again), end === 'SIGTERM' ? 0 : null);
  }
});

test('a wrong setting is reported in one sentence, and the program exits with 1', async (t) => {
  const taken = createServer().listen(0);
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const { url: DATABASE_URL, drop } = await testDatabase();
  t.after(drop);
  const file = join(folder(t), 'file');
  writeFileSync(file, '');
  const database = (change: (url: URL) => void) => {
    const url = new URL(DATABASE_URL);
    change(url);
    return { DATABASE_URL: url.href, PORT: '0' };
  };
  const wrong: [Record<string, string>, RegExp][] = [
    [{ DATABASE_URL, PORT: String(port) }, new RegExp(`^Port ${port} is in use: set PORT to another one\\.$`)],
    [{ PORT: 'eighty' }, /^PORT must be .*, not "eighty"; default: 8080\.$/],
    [{ DATA: join(file, 'data'), PORT: '0' }, /^[^\n]*file[^\n]*\.$/],
    [database((url) => Object.assign(url, { password: 'wrong' })), /refuses the login: check DATABASE_URL\.$/],
    [database((url) => Object.assign(url, { pathname: '/nowhere' })), /nowhere .* does not exist: create it or check/],
    [
      { ...database((url) => Object.assign(url, { port: '1' })), DATABASE_WAIT: '1' },
      /:1 cannot be reached: check DATABASE_URL\.$/,
    ],
  ];
  await Promise.all(
    wrong.map(async ([settings, sentence]) => {
      const program = await run(t, 'start.ts', settings);
      assert.equal(program.url, undefined);
      assert.equal(await exited(program), 1);
      assert.match(program.errors().trim(), sentence);
      assert.equal(program.errors().trim().split('\n').length, 1, program.errors());
      assert.doesNotMatch(program.errors(), /wrong/, 'no secret is printed');
    }),
  );
});

test('without PUBLIC_URL a host name that is not in ALLOWED_HOSTS is refused with 421, which names the setting', async (t) => {
  const { url: DATABASE_URL, drop } = await testDatabase();
  const program = await run(t, 'start.ts', { DATABASE_URL, PORT: '0', ALLOWED_HOSTS: 'box.lan' });
  t.after(async () => {
    program.process.kill('SIGKILL');
    await exited(program);
    await drop();
  });
  const url = program.url ?? assert.fail(program.errors());
  const ask = (path: string, host: string) =>
    raw(url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  for (const [path, status] of [
    ['/login', 200],
    ['/api/session', 401],
    ['/ws/Tea', 426],
  ] as const) {
    for (const host of ['localhost', 'box.lan', `box.lan:${new URL(url).port}`]) {
      assert.equal((await ask(path, host))?.status, status, `${host} ${path}`);
    }
    const refused = await ask(path, 'evil.example');
    assert.equal(refused?.status, 421, path);
    assert.match(JSON.stringify(refused?.body), /ALLOWED_HOSTS/);
  }
});
