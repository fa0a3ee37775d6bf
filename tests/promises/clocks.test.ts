// Services whose clock is wrong or steps: the clock of the database decides. The services are real processes with a
// shifted Date; their monotonic clock is not shifted.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '../free_port.ts';
import { until, untilLetIn } from '../house.ts';
import { type Json, person } from '../people.ts';
import { SECRETS, startChatPart, startWebsitePart, testDatabase, untilReady } from '../stack.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const OFF_S = 65;

interface Shifted {
  url: string;
  internalUrl: string;
  lines: Json[];
  /** Steps the clock to the right time. */
  step(): void;
}

/** Starts a service as a child process whose clock is off by `seconds`. */
async function startShifted(
  t: TestContext,
  service: 'website' | 'chat',
  seconds: number,
  settings: Record<string, string>,
): Promise<Shifted> {
  const [port, internalPort] = [String(await freePort()), String(await freePort())];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', join(ROOT, 'tests/shifted_clock.ts'), join(ROOT, service, 'app/main.ts')],
    {
      env: {
        ...{ PATH, HOME, ...SECRETS, HOST: '127.0.0.1', PORT: port, INTERNAL_PORT: internalPort },
        ...{ CLOCK_SHIFT_MS: String(seconds * 1_000), REQUESTS_AT_ONCE_PER_ADDRESS: '100', ...settings },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const lines: Json[] = [];
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop()!;
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  await until(() => lines.some(({ msg }) => msg === `${service} is ready`), 90_000);
  return {
    url: `http://127.0.0.1:${port}`,
    internalUrl: `http://127.0.0.1:${internalPort}`,
    lines,
    step: () => void child.kill('SIGUSR2'),
  };
}

/** Asserts that the service is ready, has this one warning, and has logged it once. */
async function assertTold({ internalUrl, lines }: Shifted, sentence: RegExp): Promise<void> {
  const answer = await fetch(`${internalUrl}/readyz`);
  const { warnings, ...rest } = await answer.json();
  assert.deepEqual([answer.status, rest, warnings.length], [200, { ready: true, reasons: [] }, 1]);
  assert.match(warnings[0], sentence);
  assert.equal(lines.filter(({ msg }) => sentence.test(msg)).length, 1);
}

for (const [seconds, how] of [
  [-OFF_S, 'behind'],
  [OFF_S, 'ahead of'],
] as const) {
  test(`a website whose clock is 65 s ${how} that of the database accepts users, and logs one warning`, async (t) => {
    const database = await testDatabase();
    t.after(() => database.drop());
    const site = await startShifted(t, 'website', seconds, { DATABASE_URL: database.url });
    const chat = await startChatPart(site.internalUrl);
    t.after(() => chat.stop());
    await untilReady(site.url);
    const ann = await person(site.url, 'ann');
    await ann.createRoom('Tea room');
    const socket = await ann.join('Tea room', '', chat.url);
    socket.say('hello');
    await socket.next('message.created');
    await assertTold(site, new RegExp(`^the clock of the website is 6[4-6] s ${how} that of the database$`));
    const own = await fetch(`${chat.internalUrl}/readyz`);
    assert.deepEqual(await own.json(), { ready: true, reasons: [], warnings: [] }, 'chat has no warning');

    site.step();
    const agree = 'the clocks of the website and the database agree again';
    await until(() => site.lines.some(({ msg }) => msg === agree));
    assert.deepEqual((await (await fetch(`${site.internalUrl}/readyz`)).json()).warnings, []);
  });

  test(`a chat whose clock is 65 s ${how} that of the database accepts users, and logs one warning`, async (t) => {
    const database = await testDatabase();
    t.after(() => database.drop());
    const site = await startWebsitePart(database.url);
    t.after(() => site.stop());
    const chat = await startShifted(t, 'chat', seconds, { WEBSITE_URL: site.internalUrl });
    await untilReady(site.url);
    await until(async () => (await fetch(`${chat.internalUrl}/readyz`)).status === 200, 10_000);
    const ann = await person(site.url, 'ann');
    await ann.createRoom('Tea room');
    const socket = await ann.join('Tea room', '', chat.url.replace('http', 'ws'));
    socket.say('hello');
    await socket.next('message.created');
    await assertTold(chat, new RegExp(`^the clock of chat is 6[4-6] s ${how} that of the database$`));
  });
}

test('a website whose clock steps back notices that its chat is gone', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const site = await startShifted(t, 'website', 3_600, { DATABASE_URL: database.url });
  const chat = await startChatPart(site.internalUrl);
  t.after(() => chat.stop());
  await untilLetIn(chat);
  await untilReady(site.url);
  await chat.stop();
  site.step();
  await until(async () => (await fetch(`${site.url}/healthz`)).status === 503, 6_000);
});
