// `npm run floods`: measures how a flood from one address slows a user at another. The servers of `npm start` have one
// core, flood and bystander share the other. Prints the medians with and without the flood, and exits with 1 when a ratio
// misses its goal. Not part of the tests. Environment: ROUNDS, SECONDS, ONLY (part of a flood's name).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, PASSWORD, person } from '../../people.ts';
import { Bystander, type Bystanding } from './bystander.ts';
import type { FloodName, FloodOrder } from './requests.ts';

const [ROUNDS, SECONDS] = [Number(process.env.ROUNDS ?? 3), Number(process.env.SECONDS ?? 8)];
const PORT = 18_090;
const URL = `http://127.0.0.1:${PORT}`;
const LOG_INS = 200;
/** Highest ratio of a bystander's latency during a flood to its latency without one. */
const GOAL = { median: 2, p99: 4 } as const;
/** A trusted proxy: a flooder at this address names a client address per connection. */
const PROXY = '127.0.0.3';

const FLOODS: { name: string; flood: FloodName; connections: number; spread?: true }[] = [
  { name: 'GET /login', flood: 'GET /login', connections: 100 },
  { name: 'POST /api/session', flood: 'POST /api/session', connections: 100 },
  { name: 'GET and POST /api/rooms', flood: 'GET and POST /api/rooms', connections: 100 },
  { name: 'upgrades to /ws', flood: 'upgrades to /ws', connections: 100 },
  { name: 'malformed requests', flood: 'malformed requests', connections: 100 },
  { name: `${LOG_INS} log-ins, one address`, flood: 'log-ins', connections: LOG_INS },
  {
    name: `${LOG_INS} log-ins, ${LOG_INS} addresses, waiting as Retry-After says`,
    flood: 'log-ins',
    connections: LOG_INS,
    spread: true,
  },
];

const onCore = (core: number, command: string[], nice: string[] = []) =>
  ['taskset', ['-c', String(core), ...nice, ...command]] as const;

async function startServers(directory: string): Promise<ChildProcess> {
  const settings = {
    PORT: String(PORT),
    DATA: directory,
    TRUSTED_PROXIES: PROXY,
    // These limits must not refuse the floods: every log-in must cost a password hash.
    MESSAGES_PER_10S: '1000000',
    MESSAGES_PER_USER_PER_10S: '1000000',
    REQUESTS_PER_USER_PER_10S: '1000000',
    LOGINS_PER_10MIN: '1000000',
    REGISTRATIONS_PER_HOUR: '1000000',
    LOG_LEVEL: 'error',
  };
  const start = new globalThis.URL('../../../start.ts', import.meta.url).pathname;
  const server = spawn(...onCore(0, [process.execPath, start]), {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  server.stdout!.on('data', (line) => {
    if (!String(line).startsWith('Parlance is ready')) process.stdout.write(line);
  });
  await once(server.stdout!, 'data');
  return server;
}

/** Runs the flood while `during` runs. @returns the number of its answers by status. */
async function flood(order: FloodOrder, during: () => Promise<void>): Promise<Record<string, number>> {
  const program = new globalThis.URL('flooder.ts', import.meta.url).pathname;
  const command = [process.execPath, program, JSON.stringify(order)];
  const flooder = spawn(...onCore(1, command, ['nice', '-n', '10']), { stdio: ['ignore', 'pipe', 'inherit'] });
  let statuses = '';
  flooder.stdout!.on('data', (text) => {
    statuses += text;
  });
  await sleep(100);
  await during();
  flooder.kill('SIGTERM');
  await once(flooder, 'close');
  return JSON.parse(statuses);
}

const at = (share: number, values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const median = (values: number[]) => at(0.5, values);
const KINDS = ['message', 'read', 'join'] as const;
/** There are too few joins for a 99th percentile. */
const MEASURES = KINDS.flatMap((kind) => [
  { kind, name: 'median', share: 0.5, goal: GOAL.median },
  ...(kind === 'join' ? [] : [{ kind, name: 'p99', share: 0.99, goal: GOAL.p99 }]),
]);

execFileSync('taskset', ['-acp', '1', String(process.pid)], { stdio: 'ignore' });
const directory = await mkdtemp(join(tmpdir(), 'parlance-floods-'));
const server = await startServers(directory);
const bystander = new Bystander(URL);
let addresses = 0;
let missed = 0;
try {
  await bystander.start();
  const flooder = await person(URL);
  const emails = await Promise.all(
    Array.from({ length: LOG_INS }, async (_, index) => {
      const account = { email: `flood-${index}@example.org`, username: `flood-${index}`, password: PASSWORD };
      const { status } = await call(URL, 'POST', '/api/users', { body: account });
      if (status !== 201) throw new Error(`no account: ${status}`);
      return account.email;
    }),
  );
  await bystander.watch(5); // warm
  console.log(
    `medians of ${ROUNDS} rounds of ${SECONDS} s; times in ms: idle, flooded, ratio (goal: median ≤ 2, p99 ≤ 4)`,
  );
  for (const { name, flood: kind, connections, spread = false } of FLOODS) {
    if (!name.includes(process.env.ONLY ?? '')) continue;
    const rounds: { idle: Bystanding; flooded: Bystanding; statuses: Record<string, number> }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const idle = await bystander.watch(SECONDS);
      // A new address for each round, which begins with a full token bucket.
      const from = spread ? PROXY : `127.0.1.${++addresses}`;
      const order = {
        flood: kind,
        port: PORT,
        from,
        connections,
        spread,
        token: flooder.token,
        emails,
        password: PASSWORD,
      };
      let flooded: Bystanding | undefined;
      const statuses = await flood(order, async () => {
        flooded = await bystander.watch(SECONDS);
      });
      rounds.push({ idle, flooded: flooded!, statuses });
      await sleep(1_500); // until delayed refusals are sent
    }
    console.log(`\n${name} (answers in the last round: ${JSON.stringify(rounds.at(-1)!.statuses)})`);
    for (const { kind, name, share, goal } of MEASURES) {
      const [idle, flooded] = [
        median(rounds.map((round) => at(share, round.idle[kind]))),
        median(rounds.map((round) => at(share, round.flooded[kind]))),
      ];
      const ratio = median(rounds.map((round) => at(share, round.flooded[kind]) / at(share, round.idle[kind])));
      const fits = ratio <= goal;
      if (!fits) missed += 1;
      const figures = [idle, flooded].map((ms) => ms.toFixed(1).padStart(8)).join('');
      console.log(
        `  ${kind.padEnd(8)} ${name.padEnd(7)} ${figures} ${ratio.toFixed(2).padStart(7)}${fits ? '' : '  MISSED'}`,
      );
    }
    const failures = rounds.map((round) => round.flooded.failures).filter((one) => Object.keys(one).length > 0);
    console.log(`  failures: ${failures.length > 0 ? `${JSON.stringify(failures)}  MISSED` : 'none'}`);
    missed += failures.length;
  }
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  await rm(directory, { recursive: true, force: true });
}
process.exit(missed > 0 ? 1 : 0);
