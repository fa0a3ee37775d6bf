// `npm run brokers`: measures CPU and latency of a message with one, two and three chats, which exchange events through
// Redis or through the website. The setups take turns in each round. Servers and database share one core; the generator
// audits every message on another. Prints medians; `--report` writes them to BROKERS.md. Takes 5 minutes.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { redisIsMissing } from '../../redis.ts';
import { circumstances } from '../report.ts';
import { type Measured, measureSetup, type Scenario, type Setup } from './measure.ts';
import { auditOf, isClean, tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    /** Duration of each measurement. */
    seconds: { type: 'string', default: '3' },
    /** Numbers of chats, comma-separated. */
    chats: { type: 'string', default: '1,2,3' },
    /** Rooms, members per room, messages per second over all rooms. */
    quiet: { type: 'string', default: '200,6,500' },
    busy: { type: 'string', default: '1,300,20' },
    report: { type: 'boolean', default: false },
  },
});
if (redisIsMissing) throw new Error(redisIsMissing);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const scenarios = [values.quiet, values.busy].map((sizes): Scenario => {
  const [rooms, members, perSecond] = sizes.split(',').map(Number) as [number, number, number];
  return { rooms, members, perSecond };
});
const chats = values.chats.split(',').map(Number);
const setups: Setup[] = [false, true].flatMap((redis) => chats.map((count) => ({ chats: count, redis })));
const results = setups.map((setup) => ({ setup, rounds: [] as Measured[][] }));
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const { setup, rounds } of results) {
    const began = performance.now();
    rounds.push(await measureSetup(setup, scenarios, Number(values.seconds)));
    const name = `chats: ${setup.chats}, ${setup.redis ? 'with' : 'without'} Redis`;
    console.error(`round ${round}, ${name}: ${Math.round((performance.now() - began) / 1_000)} s`);
  }
}
const tables = scenarios.map((scenario, index) => tableOf(results, scenario, index)).join('\n\n');
const audit = auditOf(results);
console.log(`${tables}\n\n${audit}`);
if (values.report) {
  const intro =
    'CPU in µs per message, by process, and the p50 latency from sending to the last member. Medians of interleaved rounds;\n' +
    '`×` is the ratio to the first row. The members of each room are spread over the chats, and every member sends.';
  const text = `# CPU and latency of a message with several chats\n\n${circumstances('brokers')}\n\n${intro}\n\n${tables}\n\n${audit}\n`;
  writeFileSync(new URL('../BROKERS.md', import.meta.url), text);
}
process.exit(results.every(({ rounds }) => rounds.flat().every(isClean)) ? 0 : 1);
