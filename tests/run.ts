// `npm test`: one embedded PostgreSQL for all test files, each of which makes databases of its own; then node's runner.
// Arguments are files or globs to run instead of all, or flags of `node --test`.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@parlance/db/embedded.ts';
import { createLog } from '@parlance/service/log.ts';

const ALL = '{.,chat,db,service,specs,specs/client,website}/tests/**/*.test.ts';

const given = process.argv.slice(2);
const files = given.filter((argument) => !argument.startsWith('--'));
const flags = given.filter((argument) => argument.startsWith('--'));

const directory = await mkdtemp(join(tmpdir(), 'parlance-test-'));
const log = createLog({ service: 'tests', level: 'error' });
const postgres = await startEmbeddedPostgres({ directory, log, durable: false });
const runner = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-timeout=180000', ...flags, ...(files.length > 0 ? files : [ALL])],
  { stdio: 'inherit', env: { ...process.env, TEST_DATABASE_SERVER: postgres.url } },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
const code = await new Promise<number>((resolve) => runner.once('exit', (exit) => resolve(exit ?? 1)));
await postgres.stop();
await rm(directory, { recursive: true, force: true });
process.exit(code);
