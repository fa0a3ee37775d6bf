// `npm test`: starts one embedded PostgreSQL, in which each test file creates its own databases, then the test runner of
// Node, and reports the contract coverage. Arguments are files or globs to run instead of all, or flags of `node --test`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import { reportCoverage } from './coverage.ts';

const ALL = '{.,chat,db,service,specs/client,specs/tooling,website}/tests/**/*.test.ts';

const given = process.argv.slice(2);
const files = given.filter((argument) => !argument.startsWith('--'));
const flags = given.filter((argument) => argument.startsWith('--'));

const directory = await mkdtemp(join(tmpdir(), 'parlance-test-'));
const coverage = join(directory, 'coverage');
await mkdir(coverage);
const log = createLog({ service: 'tests', level: 'error' });
const postgres = await startEmbeddedPostgres({ directory, log, durable: false });
const wiretap = new URL('wiretap.ts', import.meta.url).href;
const runner = spawn(
  process.execPath,
  [
    '--import',
    wiretap,
    '--test',
    '--test-reporter=spec',
    '--test-timeout=180000',
    '--test-concurrency=2',
    ...flags,
  ].concat(files.length > 0 ? files : [ALL]),
  { stdio: 'inherit', env: { ...process.env, TEST_DATABASE_SERVER: postgres.url, CONTRACT_COVERAGE: coverage } },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
let code = await new Promise<number>((resolve) => runner.once('exit', (exit) => resolve(exit ?? 1)));
if (given.length === 0) {
  const hasNginx = process.env.CI === 'true' || spawnSync('nginx', ['-v']).status === 0;
  const missing = reportCoverage(coverage, hasNginx);
  for (const what of missing) console.error(`NOT COVERED BY ANY TEST: ${what}`);
  if (missing.length > 0) code ||= 1;
}
await postgres.stop();
await rm(directory, { recursive: true, force: true });
process.exit(code);
