// `npm run laws -- --operations 100000 --seed 1 --rooms 6`: random operations against real servers while chat is killed
// repeatedly. Prints the counts; exits with 1 on the first divergence.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@parlance/db/embedded/server.ts';
import { createLog } from '@parlance/service/log.ts';
import { runLaws } from './run.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    rooms: { type: 'string', default: '6' },
  },
});
const directory = await mkdtemp(join(tmpdir(), 'parlance-laws-'));
const postgres = await startEmbeddedPostgres({ directory, log: createLog({ service: 'laws', level: 'error' }) });
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1_000);
const operations = Number(values.operations);
const options = { operations, seed: Number(values.seed), rooms: Number(values.rooms) };
try {
  const counts = await runLaws(postgres.url, options, (so) => {
    console.error(`${so.operations} of ${operations} operations, ${seconds()} s`);
  });
  console.table({ ...counts, seed: options.seed, divergences: 0, seconds: seconds() });
} catch (error) {
  console.error(error);
  console.error(`a divergence after ${seconds()} s; seed ${options.seed}`);
  process.exitCode = 1;
}
await postgres.stop();
await rm(directory, { recursive: true, force: true });
