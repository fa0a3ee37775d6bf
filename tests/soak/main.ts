// `npm run soak -- --minutes 10 --faults 1000 --seed 1`: real processes, a proxy on every leg, faults of all kinds, and an
// audit of every acknowledgement and delivery. Prints a table; exits with 1 at the first miss. Ctrl-C ends it early, audited.
import { parseArgs } from 'node:util';
import { report, writeReport } from './report.ts';
import { type SoakOptions, type Status, soak } from './run.ts';
import { hasRedis } from './system.ts';

const { values } = parseArgs({
  options: {
    /** How long people talk; the audit at the end comes on top. */
    minutes: { type: 'string', default: '10' },
    /** People stop earlier when so many messages are acknowledged. */
    messages: { type: 'string', default: '100000000' },
    /** Faults at the most. 0: steady load, and the memory of each process over time. */
    faults: { type: 'string', default: '100000' },
    /** The same faults on the same targets in the same order. */
    seed: { type: 'string', default: '1' },
    /** Messages a second in the busy rooms, six deliveries each. */
    rate: { type: 'string', default: '400' },
    rooms: { type: 'string', default: '12' },
    chats: { type: 'string', default: '2' },
    /** `--no-redis`: the chats hear of each other from the websites alone. */
    redis: { type: 'boolean', default: hasRedis() },
    /** The database on a disk of its own, which can be full: a loop mount, for root on Linux. */
    'own-disk': { type: 'boolean', default: false },
    /** Only faults whose kind matches this regular expression. */
    only: { type: 'string' },
    /** A file like tests/soak/REPORT.md, whose part `faults` or `steady` is written. */
    report: { type: 'string' },
  },
  allowNegative: true,
});

const PROGRESS_MS = 10_000;

const early = new AbortController();
process.on('SIGINT', () => {
  if (early.signal.aborted) process.exit(130);
  console.error('ending early; the audit follows (again: at once)');
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
  const now = seconds > options.minutes * 60 ? 'auditing' : inForce.join('; ') || 'calm';
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
