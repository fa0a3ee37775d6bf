// `npm run storm`: kills chat under thousands of sockets and starts it again. Prints the time until all have resumed, the
// cost and the refusals. Website, chat, PostgreSQL and the crowd are separate processes. Every socket has its own address
// (127.x.y.z), so that the limits per address apply as they do to real users.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import { containerArguments } from '../../container_command.ts';
import { cpuSeconds, rssMb } from '../../processes.ts';
import { openRecords } from '../../records.ts';
import { SECRETS } from '../../stack.ts';
import type { CrowdOrder, CrowdReport } from './crowd.ts';

const ROOMS = 200;
const LOG_LENGTH = 50;
/** Events that each room gets while chat is down. */
const MISSED = 5;
/** How long the SDK reuses a token, ms. */
const SDK_KEEPS_MS = 52_000;
const PER_PROCESS = 5_000;
/** Timeout for a storm, ms. */
const PATIENCE_MS = 180_000;
const [WEBSITE, WEBSITE_INTERNAL, CHAT, CHAT_INTERNAL] = [18_180, 18_181, 18_182, 18_183];

const arg = (name: string, otherwise: string) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise;
const sizes = arg('sockets', '3000,10000').split(',').map(Number);
const kinds = arg('kinds', 'patient,impatient').split(',') as CrowdOrder['kind'][];
const logs = arg('logs', '');

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const here = (file: string) => new URL(file, import.meta.url).pathname;

/** Child processes, which are killed when this process exits. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void postgres.stop().finally(() => process.exit(1)));
}

function tracked(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function start(args: string[], name: string, env: Record<string, string>): ChildProcess {
  if (logs) mkdirSync(logs, { recursive: true });
  const out = logs ? openSync(join(logs, `${name}.log`), 'a') : 'ignore';
  return tracked(spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', out, out] }));
}

async function untilReady(): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const answer = await fetch(`http://127.0.0.1:${WEBSITE}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await sleep(50);
  }
  throw new Error('the stack did not become ready');
}

/** A counter's samples by their label `reason`, e.g. `busy: 12`; empty when chat has no such series. */
async function counter(name: string): Promise<Record<string, number>> {
  const text = await fetch(`http://127.0.0.1:${CHAT_INTERNAL}/metrics`).then((answer) => answer.text());
  const samples: Record<string, number> = {};
  for (const [, labels, value] of text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, 'gm'))) {
    if (Number(value) > 0) samples[/reason="([^"]*)"/.exec(labels!)?.[1] ?? 'all'] = Number(value);
  }
  return samples;
}

async function ask(crowds: ChildProcess[]): Promise<CrowdReport> {
  const reports = await Promise.all(
    crowds.map(
      (crowd) =>
        new Promise<CrowdReport>((resolve) => {
          crowd.once('message', (report) => resolve(report as CrowdReport));
          crowd.send({ look: true });
        }),
    ),
  );
  return reports.reduce((sum, report) => {
    for (const key of ['joined', 'resumed', 'upToDate', 'tokenRequests', 'upgrades'] as const) sum[key] += report[key];
    for (const [outcome, times] of Object.entries(report.outcomes)) {
      sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + times;
    }
    return sum;
  });
}

const directory = await mkdtemp(join(tmpdir(), 'parlance-storm-'));
const postgres = await startEmbeddedPostgres({ directory, log: createLog({ service: 'storm', level: 'error' }) });

async function storm(kind: CrowdOrder['kind'], sockets: number): Promise<void> {
  const databaseUrl = await createDatabase(postgres.url, `storm_${randomUUID().replaceAll('-', '')}`);
  const shared = {
    ...SECRETS,
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${WEBSITE}`,
    LOG_LEVEL: logs ? 'info' : 'error',
  };
  const name = `${kind}-${sockets}`;
  const website = start(containerArguments('website'), `website-${name}`, {
    ...shared,
    DATABASE_URL: databaseUrl,
    PORT: String(WEBSITE),
    INTERNAL_PORT: String(WEBSITE_INTERNAL),
  });
  const startChat = () =>
    start(containerArguments('chat'), `chat-${name}`, {
      ...shared,
      WEBSITE_URL: `http://127.0.0.1:${WEBSITE_INTERNAL}`,
      PORT: String(CHAT),
      INTERNAL_PORT: String(CHAT_INTERNAL),
    });
  let chat = startChat();
  const crowds: ChildProcess[] = [];
  let sampling: NodeJS.Timeout | undefined;
  try {
    await untilReady();
    const records = openRecords(databaseUrl);
    const people = await records.members(sockets);
    const rooms = await Promise.all(Array.from({ length: ROOMS }, (_, index) => records.room(people[index]!)));
    for (const [index, room] of rooms.entries()) await records.fill(room, people[index]!, LOG_LENGTH);
    const members = await Promise.all(
      people.map(async (member, index) => ({
        address: `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
        accessToken: await records.accessToken(member),
        room: rooms[index % ROOMS]!.name,
        roomId: rooms[index % ROOMS]!.id,
      })),
    );
    for (let from = 0; from < sockets; from += PER_PROCESS) {
      const crowd = tracked(fork(here('crowd.ts'), { execArgv: process.execArgv }));
      crowds.push(crowd);
      crowd.send({
        order: {
          kind,
          website: `http://127.0.0.1:${WEBSITE}`,
          chat: `ws://127.0.0.1:${CHAT}`,
          members: members.slice(from, from + PER_PROCESS),
          joinsPerSecond: 200,
        } satisfies CrowdOrder,
      });
    }
    for (const deadline = performance.now() + 2 * PATIENCE_MS; (await ask(crowds)).joined < sockets; await sleep(250)) {
      if (performance.now() > deadline)
        throw new Error(`not all sockets joined in time: ${JSON.stringify(await ask(crowds))}`);
    }
    // Wait until the SDK's tokens are too old to be reused, as they are on sockets that have been open for a while.
    await sleep(kind === 'patient' ? SDK_KEEPS_MS : 2_000);
    const restMb = [rssMb(website.pid!), rssMb(chat.pid!)];
    const cpuBefore = cpuSeconds(website.pid!);
    const peakMb = [0, 0];
    sampling = setInterval(() => {
      for (const [index, pid] of [website.pid!, chat.pid!].entries())
        peakMb[index] = Math.max(peakMb[index]!, rssMb(pid));
    }, 100);
    const goal = Object.fromEntries(rooms.map(({ id }) => [id, LOG_LENGTH + MISSED]));
    for (const crowd of crowds) crowd.send({ reset: goal });
    const began = performance.now();
    const dead = new Promise((resolve) => chat.once('exit', resolve));
    chat.kill('SIGKILL');
    await dead;
    chat = startChat();
    for (const [index, room] of rooms.entries()) await records.fill(room, people[index]!, MISSED);
    await records.close();
    const times: Record<string, number> = {};
    let report = await ask(crowds);
    const milestones = { 'half back': 0.5, '90 % back': 0.9, 'all back': 1 };
    for (let ended = false; !ended; await sleep(50)) {
      report = await ask(crowds);
      const seconds = (performance.now() - began) / 1_000;
      for (const [mark, share] of Object.entries(milestones)) {
        if (report.upToDate >= sockets * share) times[mark] ??= seconds;
      }
      ended = report.upToDate >= sockets || seconds * 1_000 > PATIENCE_MS;
    }
    const per = (value: number) => (value / sockets).toFixed(2);
    const reached = Object.entries(report.outcomes)
      .filter(([outcome]) => /^upgrade (\d{3}$|closed)/.test(outcome))
      .reduce((sum, [, times]) => sum + times, report.joined);
    const line = (what: string, value: string) => console.log(`  ${what.padEnd(42)} ${value}`);
    console.log(`\n${sockets} ${kind} sockets, ${ROOMS} rooms`);
    for (const mark of Object.keys(milestones)) line(mark, times[mark] ? `${times[mark].toFixed(1)} s` : 'never');
    line('back, resumed, up to date', `${report.joined}, ${report.resumed}, ${report.upToDate} of ${sockets}`);
    line('token requests per socket', per(report.tokenRequests));
    line('upgrades per socket: sent, reached chat', `${per(report.upgrades)}, ${per(reached)}`);
    line('upgrades refused by chat', JSON.stringify(await counter('parlance_joins_refused_total')));
    const [pages] = Object.values(await counter('parlance_pages_read_total'));
    line('page reads per room', pages === undefined ? 'not counted' : (pages / ROOMS).toFixed(2));
    line('website CPU', `${(cpuSeconds(website.pid!) - cpuBefore).toFixed(1)} s`);
    line('website RSS: before, peak', `${restMb[0]!.toFixed(0)}, ${peakMb[0]!.toFixed(0)} MB`);
    line('chat RSS: before, peak', `${restMb[1]!.toFixed(0)}, ${peakMb[1]!.toFixed(0)} MB`);
    line('outcomes of attempts', JSON.stringify(report.outcomes));
  } finally {
    clearInterval(sampling);
    for (const child of [...crowds, chat, website]) child.kill('SIGKILL');
    await sleep(500);
  }
}

for (const sockets of sizes)
  for (const kind of kinds) await storm(kind, sockets).catch((error) => console.error(error));
await postgres.stop();
await rm(directory, { recursive: true, force: true });
process.exit(0);
