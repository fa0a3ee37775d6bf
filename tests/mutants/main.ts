// `npm run mutants`: plants each mutant of the table in a private copy and runs the tests that must notice it. Options:
// --kind KIND, --only ID,ID, --jobs N (1), --results FILE (keeps results there; what was caught is not tried again),
// --report (writes REPORT.md). Ends with 1 if less than 95 % are caught, or if a mutant does not apply or its tests fail
// without it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import { installCli } from '../../specs/tooling/gates/asyncapi.ts';
import { type Copy, copyTree, isContract } from './copy.ts';
import { judge, judgeMutant, type Tests } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { commitOf, type Result, share, summary, writeReport } from './report.ts';
import { keepResult, readResults } from './results.ts';
import { TABLE } from './table/index.ts';

const NEEDED = 95;

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    results: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(',');
const chosen = TABLE.filter(({ id, kind }) => (!values.kind || kind === values.kind) && (!only || only.includes(id)));
if (chosen.length === 0) throw new Error('no mutant has this kind or id');
if (chosen.some(({ file }) => isContract(file))) installCli();

const directory = await mkdtemp(join(tmpdir(), 'parlance-mutants-'));
const log = createLog({ service: 'mutants', level: 'error' });
const postgres = await startEmbeddedPostgres({ directory, log, durable: false });
const copies: Copy[] = [];
const commit = commitOf();
const results: Result[] = values.results === undefined ? [] : readResults(values.results, chosen);
const known = new Set(results.map(({ mutant }) => mutant.id));
const mistakes: string[] = [];
const baselines = new Map<string, Promise<string | undefined>>();

/** What is wrong with the tests without a mutant; run once for each set of tests. */
function baseline(copy: Copy, { tests, name }: Tests): Promise<string | undefined> {
  const key = JSON.stringify([tests, name]);
  const earlier = baselines.get(key);
  if (earlier) return earlier;
  const judged = judge(copy, { tests, ...(name === undefined ? {} : { name }) }, postgres.url).then(
    ({ noticedBy, passed, output }) => {
      if (noticedBy !== undefined) return `fails without a mutant: ${noticedBy}\n${output.slice(-2_000)}`;
      return passed === 0 ? 'no test ran' : undefined;
    },
  );
  baselines.set(key, judged);
  return judged;
}

async function tryMutant(copy: Copy, mutant: Mutant): Promise<void> {
  const wrong = await baseline(copy, mutant);
  if (wrong !== undefined) {
    mistakes.push(`${mutant.id}: ${mutant.tests.join(', ')}: ${wrong}`);
    return console.log(`!        ${mutant.kind.padEnd(11)} ${mutant.id}: the baseline does not hold`);
  }
  const began = performance.now();
  const { noticedBy } = await judgeMutant(copy, mutant, postgres.url);
  const seconds = (performance.now() - began) / 1_000;
  const result: Result = { mutant, noticedBy, seconds, commit };
  results.push(result);
  if (values.results !== undefined) keepResult(values.results, result);
  const verdict = noticedBy === undefined ? 'SURVIVED' : 'caught  ';
  const why = noticedBy ?? mutant.survives ?? '';
  console.log(`${verdict} ${mutant.kind.padEnd(11)} ${mutant.id} (${seconds.toFixed(1)} s) ${why}`);
}

async function work(waiting: Mutant[]): Promise<void> {
  const copy = copyTree();
  copies.push(copy);
  for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
    const { id } = mutant;
    await tryMutant(copy, mutant).catch((error) => mistakes.push(`${id}: ${error.message}`));
  }
}

async function end(code: number): Promise<never> {
  for (const copy of copies) copy.remove();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(1));
// Neighbours in the table share their baselines: the order stays.
const waiting = chosen.filter(({ id }) => !known.has(id));
await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(waiting)));

const order = new Map(TABLE.map(({ id }, index) => [id, index]));
results.sort((a, b) => order.get(a.mutant.id)! - order.get(b.mutant.id)!);
console.log(`\n${summary(results)}`);
for (const { mutant } of results.filter(({ noticedBy }) => noticedBy === undefined)) {
  console.log(`survived: ${mutant.id}: ${mutant.survives ?? 'not known'}`);
}
for (const mistake of mistakes) console.error(`MISTAKE: ${mistake}`);
if (values.report) writeReport(results, `npm run mutants -- ${process.argv.slice(2).join(' ')}`);
await end(mistakes.length === 0 && share(results) >= NEEDED ? 0 : 1);
