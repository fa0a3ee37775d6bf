// `npm run fuzz -- --requests 100000 --frames 1000000 --seed 1`: sends requests, upgrades and frames generated from the
// contract to a real server. Prints what was sent and how it was answered; exits with 1 on any failure. `--only
// "request 17"` repeats one case, `--from` starts at a later frame. On SIGINT or SIGTERM it prints the results so far.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import { createCast } from './cast.ts';
import { runFrames } from './run_frames.ts';
import { runHandshakes } from './run_handshakes.ts';
import { runRequests } from './run_requests.ts';
import { startServer } from './server.ts';
import { Tally } from './tally.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});
/** Share of the requests that are upgrades. */
const UPGRADES = 0.05;
const PROGRESS_MS = 10_000;

const seed = Number(values.seed);
const [onlyWhat, onlyIndex] = values.only?.split(' ') ?? [];
const plan = (what: string, count: number, from = 0): [first: number, count: number] =>
  values.only === undefined
    ? [from, count]
    : onlyWhat === what
      ? [Number(onlyIndex), what === 'frame' ? 64 : 1]
      : [0, 0];
const requests = Math.round(Number(values.requests) * (1 - UPGRADES));
const upgrades = Number(values.requests) - requests;

const tally = new Tally();
// Installed before anything starts, so that an interrupted start also stops the processes that it has started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    tally.isStopped = true;
  });
}
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1_000);
const directory = await mkdtemp(join(tmpdir(), 'parlance-fuzz-'));
const cleanUp = new AsyncDisposableStack();
cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
let serverErrors: string[] = [];
try {
  const postgres = await startEmbeddedPostgres({ directory, log: createLog({ service: 'fuzz', level: 'error' }) });
  cleanUp.defer(() => postgres.stop());
  const server = await startServer(postgres.url);
  cleanUp.defer(() => server.stop());
  serverErrors = server.errors;
  const progress = setInterval(() => {
    console.error(`${tally.sent} sent, ${tally.failures.length} failures, ${seconds()} s`);
  }, PROGRESS_MS);
  cleanUp.defer(() => clearInterval(progress));
  const cast = await createCast(server.url, postgres.url);
  cleanUp.defer(() => cast.close());
  const run = { url: server.url, cast, seed, tally };
  await runRequests(run, ...plan('request', requests));
  await runHandshakes(run, ...plan('upgrade', upgrades));
  await runFrames(run, ...plan('frame', Number(values.frames), Number(values.from)));
} finally {
  await cleanUp.disposeAsync();
}
console.table(Object.fromEntries([...tally.rows].sort()));
const { failures, busy, sent } = tally;
console.table({
  ...{ seed, sent, seconds: seconds(), 'wrong accepts': tally.of('wrong accept') },
  ...{ 'wrong refusals': tally.of('wrong refusal'), '5xx': tally.of('5xx'), 'other faults': tally.others() },
  ...{ 'errors in the log': serverErrors.length, 'retried (busy)': busy },
});
for (const { kind, which, detail, smallest } of failures) {
  console.error(`\n${kind}: --seed ${seed} --only ${JSON.stringify(which)}\n${detail}\n${smallest}`);
}
for (const line of serverErrors.slice(0, 20)) console.error(line);
if (failures.length > 0 || serverErrors.length > 0) process.exitCode = 1;
