// `npm run conformance -- --url http://…`: checks from outside whether a running server conforms to the contract.
import { parseArgs } from 'node:util';
import { Mismatch, Skip } from './row.ts';
import { run } from './runner.ts';
import { ROWS } from './scenarios/index.ts';
import { table } from './table.ts';

const USAGE = `npm run conformance -- --url http://host:port [options]
  --url <url>         the server's public address
  --filter <text>     only rows whose group, id or sentence contains the text
  --json              the outcomes as JSON instead of a table
  --seed <number>     repeats the off-spec requests and frames of an earlier run
  --patience <sec>    skips rows that have to wait longer (default 40)
Exit status: 0 if no row fails, 1 if a row fails, 2 if the kit could not start.`;

function options() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      filter: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      patience: { type: 'string', default: '40' },
    },
  });
  const { url, seed, patience } = values;
  if (url === undefined || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new Error('--url must be http(s).');
  if (!/^\d{1,10}$/.test(seed)) throw new Error('--seed must be a number.');
  if (!/^\d{1,4}$/.test(patience)) throw new Error('--patience must be a number of seconds.');
  return { ...values, url, seed: Number(seed), patience: Number(patience) };
}

try {
  const given = options();
  if (!given.json) console.log(`Conformance of ${given.url}, seed ${given.seed}`);
  const began = performance.now();
  const outcomes = await run(ROWS, given);
  if (outcomes.length === 0) throw new Error(`No row matches --filter ${given.filter}.`);
  const seconds = (performance.now() - began) / 1_000;
  const { url, seed } = given;
  console.log(given.json ? JSON.stringify({ url, seed, seconds, rows: outcomes }, null, 1) : table(outcomes, seconds));
  // Not process.exit(): it could discard output to a pipe.
  process.exitCode = outcomes.some(({ result }) => result === 'fail') ? 1 : 0;
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(
    error instanceof Mismatch || error instanceof Skip
      ? `The kit could not start: ${message}`
      : `${message}\n\n${USAGE}`,
  );
  process.exitCode = 2;
}
