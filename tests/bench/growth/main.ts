// `npm run growth`: measures how Parlance scales: reads by the length of a log and the number of rooms, start-up by the
// number of users, deliveries and joins by the members of a room. `--report` writes GROWTH.md and growth.svg. The full
// sizes take 15 minutes and 8 GB of disk. Exits with 1 when a bound is broken.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { circumstances } from '../report.ts';
import { chartOf } from './chart.ts';
import { measureCrowd } from './crowds.ts';
import { explainReads } from './plans.ts';
import { measureReads, type Reader } from './reads.ts';
import { type Growth, reportOf, verdicts } from './report.ts';
import { measureStartUp } from './start_up.ts';
import { makeWorlds, startSite, visitor } from './worlds.ts';

const { values } = parseArgs({
  options: {
    /** Events of the longest log, a power of ten. Each smaller one down to 1,000 is measured too. */
    events: { type: 'string', default: '10000000' },
    /** Maximum number of rooms and of users; below it, as many as events. */
    rooms: { type: 'string', default: '1000000' },
    members: { type: 'string', default: '10,100,1000,10000' },
    rounds: { type: 'string', default: '80' },
    /** Duration of each measurement of deliveries. */
    seconds: { type: 'string', default: '4' },
    report: { type: 'boolean', default: false },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const began = performance.now();
const tell = (line: string) => console.error(`${Math.round((performance.now() - began) / 1_000)} s: ${line}`);
const sizes = [];
for (let events = 1_000; events <= Number(values.events); events *= 10) {
  const rooms = Math.min(events, Number(values.rooms));
  sizes.push({ events, rooms, users: rooms });
}

const growth: Growth = { worlds: sizes, reads: [], plans: [], starts: [], crowds: [] };
for (const members of values.members.split(',').map(Number)) {
  const again = (error: Error) => {
    tell(`measuring ${members} members again: ${error.message}`);
    return measureCrowd(members, Number(values.seconds));
  };
  growth.crowds.push(await measureCrowd(members, Number(values.seconds)).catch(again));
  tell(`measured deliveries to ${members.toLocaleString('en')} members`);
}
{
  await using scope = new AsyncDisposableStack();
  const worlds = await makeWorlds(scope, sizes, tell);
  const readers: Reader[] = [];
  for (const { url, users } of worlds) {
    if (users === growth.starts.at(-1)?.users) continue;
    growth.starts.push({ users, ...(await measureStartUp(url)) });
    tell(`measured the start with ${users.toLocaleString('en')} users and rooms`);
  }
  await using sites = new AsyncDisposableStack();
  for (const world of worlds) {
    const { url, internalUrl, untilServing } = await startSite(sites, world.url);
    await untilServing();
    readers.push({ ...world, ...(await visitor(world.url)), databaseUrl: world.url, url, internalUrl });
  }
  growth.reads = await measureReads(readers, Number(values.rounds));
  tell('measured the reads');
  for (const { databaseUrl, events } of readers) growth.plans.push(await explainReads(databaseUrl, events));
  tell('explained the statements');
}
const results = reportOf(growth);
console.log(results);
if (values.report) {
  const write = (file: string, text: string) => writeFileSync(new URL(file, import.meta.url), text);
  write('../GROWTH.md', `# Growth\n\n${circumstances('growth')}\n\n${results}\n\n![growth](growth.svg)\n`);
  write('../growth.svg', chartOf(growth));
}
tell('done');
process.exit(verdicts(growth).some(({ holds }) => !holds) ? 1 : 0);
