// `npm run bench`: Parlance and Socket.IO over PostgreSQL, in turn, on the same machine and database server. Prints
// medians over the rounds and ratios; absolute numbers are this machine's. Never part of the tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startEmbeddedPostgres } from '@parlance/db/embedded.ts';
import { createLog } from '@parlance/service/log.ts';
import { cpuSeconds } from '../processes.ts';
import { type Connect, parlance, socketIo } from './clients.ts';

interface Scenario {
  name: string;
  rooms: number;
  members: number;
  /** Of each room, how many send, and how many messages each keeps unacknowledged. */
  senders: number;
  window: number;
  /** Pause after an acknowledgement, ms. */
  pause: number;
}

const SCENARIOS: Scenario[] = [
  { name: 'quiet: one sender, two members', rooms: 1, members: 2, senders: 1, window: 1, pause: 20 },
  { name: 'one busy room: 50 members, 20 send', rooms: 1, members: 50, senders: 20, window: 8, pause: 0 },
  { name: 'many rooms: 100 of 3 members, 1 sends', rooms: 100, members: 3, senders: 1, window: 4, pause: 0 },
];
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 4);
const CONTENT = 'The kettle is on, and somebody brought a cake. Who comes?';

interface Figures {
  /** Acknowledged and delivered messages a second; ms; CPU of the server's process per delivery, µs. */
  acknowledged: number;
  delivered: number;
  p50: number;
  p99: number;
  cpu: number;
}

async function measure(connect: Connect, pid: number, scenario: Scenario): Promise<Figures> {
  const rooms = await Promise.all(
    Array.from({ length: scenario.rooms }, () => connect(`bench ${randomUUID()}`, scenario.members)),
  );
  const clients = rooms.flat();
  const latencies: number[] = [];
  let running = true;
  const sender = async (client: (typeof clients)[number]) => {
    while (running) {
      const began = performance.now();
      await client.send(CONTENT);
      latencies.push(performance.now() - began);
      if (scenario.pause > 0) await new Promise((resolve) => setTimeout(resolve, scenario.pause));
    }
  };
  const work = rooms.flatMap((members) =>
    members
      .slice(0, scenario.senders)
      .flatMap((client) => Array.from({ length: scenario.window }, () => sender(client))),
  );
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // warm
  latencies.length = 0;
  const [before, cpuBefore, began] = [total(clients), cpuSeconds(pid), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  const seconds = (performance.now() - began) / 1_000;
  const [delivered, cpu] = [total(clients) - before, cpuSeconds(pid) - cpuBefore];
  const sorted = latencies.toSorted((a, b) => a - b);
  const figures = {
    acknowledged: sorted.length / seconds,
    delivered: delivered / seconds,
    p50: sorted[Math.floor(sorted.length * 0.5)]!,
    p99: sorted[Math.floor(sorted.length * 0.99)]!,
    cpu: (cpu / delivered) * 1e6,
  };
  running = false;
  await Promise.all(work);
  for (const client of clients) client.close();
  return figures;
}

const total = (clients: { delivered: number }[]) => clients.reduce((sum, client) => sum + client.delivered, 0);

async function startServer(file: string, env: Record<string, string>): Promise<ChildProcess> {
  const server = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => server.stdout!.once('data', resolve));
  return server;
}

async function parlanceToken(url: string): Promise<string> {
  const credentials = { email: 'bench@example.org', password: 'a long enough password' };
  const post = (path: string, body: object) =>
    fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await post('/api/users', { ...credentials, username: 'bench' });
  return ((await (await post('/api/access-tokens', credentials)).json()) as { accessToken: string }).accessToken;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const directory = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
const postgres = await startEmbeddedPostgres({ directory, log: createLog({ service: 'bench', level: 'error' }) });
const here = (file: string) => new URL(file, import.meta.url).pathname;
const many = {
  MESSAGES_PER_10S: '1000000',
  MESSAGES_PER_USER_PER_10S: '1000000',
  REQUESTS_PER_USER_PER_10S: '1000000',
  SOCKETS_PER_USER: '100000',
  SOCKETS_PER_ADDRESS: '100000',
  REQUESTS_PER_ADDRESS: '100000',
  REQUESTS_AT_ONCE_PER_ADDRESS: '1000',
  CONNECTIONS_PER_ADDRESS: '100000',
  LOG_LEVEL: 'error',
};
const [ours, theirs] = await Promise.all([
  startServer(here('../../start.ts'), {
    ...many,
    PORT: '18080',
    DATA: directory,
    DATABASE_URL: await createDatabase(postgres.url, 'ours'),
  }),
  startServer(here('socketio_server.ts'), {
    PORT: '18081',
    DATABASE_URL: await createDatabase(postgres.url, 'theirs'),
  }),
]);
await new Promise((resolve) => setTimeout(resolve, 500));
const contestants = [
  {
    name: 'Parlance',
    pid: ours.pid!,
    connect: parlance('http://127.0.0.1:18080', await parlanceToken('http://127.0.0.1:18080')),
  },
  { name: 'Socket.IO', pid: theirs.pid!, connect: socketIo('http://127.0.0.1:18081') },
];
for (const scenario of SCENARIOS) {
  const results = contestants.map(() => [] as Figures[]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { connect, pid }] of contestants.entries())
      results[index]!.push(await measure(connect, pid, scenario));
  }
  console.log(`\n${scenario.name}`);
  const medians = results.map((figures) => (key: keyof Figures) => median(figures.map((figure) => figure[key])));
  for (const key of ['acknowledged', 'delivered', 'p50', 'p99', 'cpu'] as const) {
    const [a, b] = medians.map((of) => of(key));
    const unit = { acknowledged: '/s', delivered: '/s', p50: ' ms', p99: ' ms', cpu: ' µs CPU a delivery' }[key];
    console.log(`  ${key.padEnd(13)} ${a!.toFixed(1)} : ${b!.toFixed(1)}${unit}   ratio ${(a! / b!).toFixed(2)}`);
  }
}
for (const server of [ours, theirs]) server.kill();
await postgres.stop();
await rm(directory, { recursive: true, force: true });
process.exit(0);
