// `npm run soak -- --minutes 10 --faults 1000 --seed 1`: runs real processes with a proxy on every leg, injects faults of
// all kinds, and audits every acknowledgement and delivery. Prints a table; exits with 1 at the first miss. Ctrl-C ends the
// load early; the audit follows.
import { parseArgs } from 'node:util';
import { report, writeReport } from './report.ts';
import { type SoakOptions, type Status, soak } from './run.ts';
import { hasRedis } from './system.ts';

const { values } = parseArgs({
  options: {
    /** Duration of the load; the final audit takes additional time. */
    minutes: { type: 'string', default: '10' },
    /** The load ends earlier when this many messages are acknowledged. */
    messages: { type: 'string', default: '100000000' },
    /** Maximum number of faults. With 0 the load is steady, and the memory of each process is sampled. */
    faults: { type: 'string', default: '100000' },
    /** The same seed gives the same faults on the same targets in the same order. */
    seed: { type: 'string', default: '1' },
    /** Messages per second in the busy rooms, each with six deliveries. */
    rate: { type: 'string', default: '400' },
    rooms: { type: 'string', default: '12' },
    chats: { type: 'string', default: '2' },
    /** With `--no-redis` the chats exchange events only through the websites. */
    redis: { type: 'boolean', default: hasRedis() },
    /** Puts the database on a separate disk, which can be filled: a loop mount, which needs root on Linux. */
    'own-disk': { type: 'boolean', default: false },
    /** Only faults whose kind matches this regular expression. */
    only: { type: 'string' },
    /** A file like tests/soak/REPORT.md, in which the part `faults` or `steady` is replaced. */
    report: { type: 'string' },
  },
  allowNegative: true,
});

const PROGRESS_MS = 10_000;

const early = new AbortController();
process.on('SIGINT', () => {
  if (early.signal.aborted) process.exit(130);
  console.error('ending early; the audit follows (Ctrl-C again: exit now)');
  early.abort();
});
let status: (() => Status) | undefined;
const options: SoakOptions = {
  minutes: Number(values.minutes),
  messages: Number(values.messages),
  faults: Number(values.faults),
  seed: Number(values.seed),
  rate: Number(values.rate),
  rooms: Number(values.rooms),
  chats: Number(values.chats),
  redis: values.redis,
  ownDisk: values['own-disk'],
  ...(values.only === undefined ? {} : { only: new RegExp(values.only) }),
  signal: early.signal,
  started: (of) => {
    status = of;
  },
};
if (!options.redis) console.error('without Redis');
const command = `npm run soak -- ${process.argv.slice(2).join(' ')}`;
const progress = setInterval(() => {
  if (!status) return;
  const { seconds, acknowledged, delivered, rounds, faults, inForce } = status();
  const now = seconds > options.minutes * 60 ? 'auditing' : inForce.join('; ') || 'no fault';
  console.error(
    `${Math.round(seconds)} s: ${acknowledged} acknowledged, ${delivered} delivered, ${faults} faults in ${rounds} rounds, 0 misses; ${now}`,
  );
}, PROGRESS_MS);
try {
  const result = await soak(options);
  console.log(report(result, command));
  if (values.report) writeReport(values.report, result, command);
  process.exitCode = 0;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
clearInterval(progress);
process.exit();
