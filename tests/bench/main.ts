// `npm run bench`: compares Parlance, direct and behind nginx, with a bare ws loop and with Socket.IO with and without
// PostgreSQL. The contestants take turns in each round. Server and database share one core; the generator audits every
// message on another. Prints medians and ratios; `--report` writes them to RESULTS.md. One round with 2 s per measurement
// takes 5 minutes.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chartOf } from './chart.ts';
import { NAMES, type Name } from './contestants.ts';
import { type Medians, medianOf, ROWS } from './figures.ts';
import { measureRound, type Round } from './measure.ts';
import { auditOf, circumstances, missesOf, tableOf } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    /** Duration of each measurement. */
    seconds: { type: 'string', default: '4' },
    /** Contestants, comma-separated. */
    only: { type: 'string', default: NAMES.join(',') },
    report: { type: 'boolean', default: false },
  },
});
const names = values.only.split(',') as Name[];
const unknown = names.find((name) => !NAMES.includes(name));
if (unknown !== undefined) throw new Error(`There is no contestant ${unknown}: ${NAMES.join(', ')}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const rounds: Record<Name, Round[]> = Object.fromEntries(NAMES.map((name) => [name, [] as Round[]])) as never;
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const name of names) {
    const began = performance.now();
    rounds[name].push(await measureRound(name, Number(values.seconds)));
    console.error(`round ${round}, ${name}: ${Math.round((performance.now() - began) / 1_000)} s`);
  }
}
const medians = Object.fromEntries(
  NAMES.map((name) => [name, Object.fromEntries(ROWS.map(({ key }) => [key, medianOf(rounds[name], key)]))]),
) as Medians;
const table = tableOf(medians, names);
const results = `${table}\n\n${missesOf(medians, names)}${auditOf(rounds)}`;
console.log(results);
if (values.report) {
  const write = (file: string, text: string) => writeFileSync(new URL(file, import.meta.url), text);
  const intro = 'Medians of interleaved rounds; `×` is the ratio to a bare ws loop, which stores nothing.';
  write(
    'RESULTS.md',
    `# Benchmark results\n\n${circumstances('bench')}\n\n${intro}\n\n${results}\n\n![ratios](results.svg)\n`,
  );
  write('results.svg', chartOf(medians, names));
}
const ours = [...rounds.parlance, ...rounds['parlance behind nginx']];
process.exit(ours.some(({ faults }) => faults > 0) ? 1 : 0);
