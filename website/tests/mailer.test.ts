// The mailer against real SMTP servers: TLS, login, refusals, slow and dead servers, and a stop of the website. No
// request waits for the mail server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createMailer } from '@parlance/website/mailer.ts';
import type { WebsiteSettings } from '@parlance/website/settings.ts';
import { startMailServer } from '../../tests/mail_server.ts';
import { call, person } from '../../tests/people.ts';
import { recordLog, startWebsitePart, testDatabase } from '../../tests/stack.ts';
import { eventually, startTestWebsite } from './fixture.ts';

const PUBLIC_URL = 'https://chat.example.org';
const TO = 'ann@example.org';
const MAIL = { to: TO, subject: 'A secret subject', text: 'A secret text with a token' };
const PASSWORD = 'p@ss:word/of the mailbox';

/** A mailer and its log. */
function mailer(t: TestContext, SMTP_URL: string, more: Partial<WebsiteSettings> = {}, retryMs: number[] = []) {
  const recorded = recordLog('info');
  const made = createMailer({ SMTP_URL, PUBLIC_URL, ...more } as WebsiteSettings, recorded.log, retryMs)!;
  t.after(() => made.stop());
  const said = (msg: string) => eventually(() => recorded.lines.some((line) => line.msg === msg), 15_000);
  return { ...made, ...recorded, said };
}

async function server(t: TestContext, options: Parameters<typeof startMailServer>[0] = {}) {
  const made = await startMailServer(options);
  t.after(() => made.stop());
  return made;
}

test('a mail is sent over TLS with the credentials of the URL, from MAIL_FROM', async (t) => {
  const there = await server(t, {
    disabledCommands: [],
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      password === PASSWORD ? done(null, { user: username }) : done(new Error('no')),
  });
  const url = `smtp://box%40example.org:${encodeURIComponent(PASSWORD)}@127.0.0.1:${there.port}?tls.rejectUnauthorized=false`;
  const { send } = mailer(t, url, { MAIL_FROM: 'Parlance <chat@example.org>' });
  assert.equal(send(MAIL), true);
  const mail = await there.next(TO);
  assert.deepEqual([mail.from, mail.user, mail.secure], ['chat@example.org', 'box@example.org', true]);
  assert.match(mail.text, /^From: Parlance <chat@example.org>\r$/m);
  assert.match(mail.text, /A secret text/);
});

test('with an untrusted certificate, without TLS and after a refused login no mail is sent, and no secret is logged', async (t) => {
  const plain = await server(t);
  const encrypted = await server(t, { disabledCommands: [] });
  const locked = await server(t, {
    authOptional: false,
    disabledCommands: [],
    onAuth: (_auth, _session, done) => done(new Error(`no such box ${TO}`)),
  });
  for (const [url, code] of [
    [`smtp://127.0.0.1:${encrypted.port}`, 'ESOCKET'],
    // The default for every host but this machine.
    [`smtp://127.0.0.1:${plain.port}?requireTLS=true`, 'ETLS'],
    [`smtp://box:${encodeURIComponent(PASSWORD)}@127.0.0.1:${locked.port}?tls.rejectUnauthorized=false`, 'EAUTH'],
  ] as const) {
    const { send, said, lines, text, outcomes } = mailer(t, url);
    send(MAIL);
    await said('a mail is lost');
    assert.deepEqual(Object.fromEntries(outcomes.counts), { sent: 0, failed: 1, lost: 1 });
    assert.equal(lines.find(({ msg }) => msg === 'a mail is lost')!.code, code, url);
    assert.doesNotMatch(text(), /example\.org|secret|p@ss|word/);
  }
  assert.deepEqual([plain.mails, encrypted.mails, locked.mails], [[], [], []]);
});

test('a mail is retried while the server is down, and is not retried after a permanent refusal of its address', async (t) => {
  const first = await startMailServer();
  await first.stop();
  const { send, said, outcomes } = mailer(t, `smtp://127.0.0.1:${first.port}`, {}, [50, 50, 5_000]);
  send(MAIL);
  await said('a mail failed');
  const back = await server(t, { listenOn: first.port });
  await back.next(TO);
  await said('a mail was sent');
  assert.equal(outcomes.counts.get('sent'), 1);
  assert.ok(outcomes.counts.get('failed')! >= 1);
  assert.equal(outcomes.counts.get('lost'), 0);

  const refusing = await server(t, {
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error(`no ${TO}`), { responseCode: 550 })),
  });
  const other = mailer(t, `smtp://127.0.0.1:${refusing.port}`, {}, [50, 50]);
  other.send(MAIL);
  await other.said('a mail is lost');
  const attempts = other.lines.map(({ attempt }) => attempt);
  assert.deepEqual(attempts, [1]);
  assert.ok(!other.text().includes(TO));
});

test('at most 1,000 mails wait in the queue', async (t) => {
  const first = await startMailServer();
  await first.stop();
  const { send } = mailer(t, `smtp://127.0.0.1:${first.port}`, {}, [600_000]);
  const taken = Array.from({ length: 1_001 }, () => send(MAIL));
  assert.deepEqual([taken.indexOf(false), taken.lastIndexOf(true)], [1_000, 999]);
});

/** Accepts connections and never answers. */
async function silentServer(t: TestContext): Promise<number> {
  const open = new Set<Socket>();
  const made = createServer((socket) => void open.add(socket.on('error', () => undefined)));
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    made.close();
  });
  return (made.address() as AddressInfo).port;
}

test('a mail server that never answers delays no request, and the website can still stop', async (t) => {
  const port = await silentServer(t);
  const site = await startTestWebsite({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    PUBLIC_URL,
    PASSWORD_RESETS_PER_HOUR: '1000',
  });
  const ann = await person(site.url);
  const fastest = async (email: string) => {
    let ms = Number.POSITIVE_INFINITY;
    for (let times = 0; times < 5; times += 1) {
      const began = performance.now();
      assert.equal((await call(site.url, 'POST', '/api/password-resets', { body: { email } })).status, 202);
      ms = Math.min(ms, performance.now() - began);
    }
    return ms;
  };
  assert.ok((await fastest(ann.email)) < 1_000);
  await eventually(async () => (await site.sql.query('select 1 from password_resets')).rowCount === 3);
  const began = performance.now();
  await site.stop();
  assert.ok(performance.now() - began < 9_000, 'pending mails get 5 s');
});

test('a website sends its pending mails before it stops', async (t) => {
  const slow = await server(t, { takeMs: 1_000 });
  const database = await testDatabase();
  t.after(() => database.drop());
  const site = await startWebsitePart(database.url, { SMTP_URL: `smtp://127.0.0.1:${slow.port}`, PUBLIC_URL });
  const ann = await person(site.url);
  assert.equal((await call(site.url, 'POST', '/api/password-resets', { body: { email: ann.email } })).status, 202);
  await site.stop();
  assert.equal(slow.mails.length, 1);
  await eventually(() => site.lines.some(({ msg }) => msg === 'a mail was sent'));
});

test('SMTP_URL without PUBLIC_URL fails the start with an explanation, and the URL is never shown', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  await assert.rejects(
    startWebsitePart(database.url, { SMTP_URL: 'smtp://box:secret@mail.example.org' }),
    (error: Error) => {
      assert.match(error.message, /^SMTP_URL is set but PUBLIC_URL is not: [^\n]+\.$/);
      return error.constructor.name === 'StartError' && !error.message.includes('secret');
    },
  );
  await assert.rejects(
    startWebsitePart(database.url, { SMTP_URL: 'http://box:secret@x', PUBLIC_URL }),
    (error: Error) => {
      assert.match(error.message, /SMTP_URL must be a URL that begins with smtp:\/\/ or smtps:\/\//);
      return !error.message.includes('secret');
    },
  );
});
