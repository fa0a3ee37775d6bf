// The figures of growth as Markdown, and whether the bounds hold. Measures nothing.
import type { Crowd } from './crowds.ts';
import type { Size } from './fill.ts';
import type { Plan } from './plans.ts';
import { READINGS } from './reads.ts';
import type { StartUp } from './start_up.ts';

export interface Growth {
  worlds: readonly Size[];
  /** ms, by reading and world. */
  reads: number[][];
  /** By world. */
  plans: Plan[][];
  starts: (StartUp & { users: number })[];
  crowds: Crowd[];
}

const DEPTH_MOST = 1.5;
const SEARCH_MOST_MS = 50;
/** PostgreSQL reads all rooms that are found, or all names before them. */
const LATE_MOST_MS = 200;
const BYTES_MOST = 2;
/** CPU time is read in steps of 10 ms: of fewer joins it says nothing. */
const CPU_SEEN = 1_000;
/** PostgreSQL rightly reads a smaller table as a whole. */
const LARGE = 20_000;

export const whole = (value: number) => Math.round(value).toLocaleString('en');
const fixed = (value: number, digits = 1) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const table = (head: string[], rows: string[][]) =>
  [head, ['---', ...head.slice(1).map(() => '--:')], ...rows].map((line) => `| ${line.join(' | ')} |`).join('\n');

/** ms of a reading in all worlds, by the beginning of its title. */
const timesOf = (growth: Growth, title: string) =>
  growth.reads.filter((_, row) => READINGS[row]!.title.startsWith(title));

/** The bounds, each with what was measured. */
export function verdicts(growth: Growth): { says: string; holds: boolean }[] {
  const pages = timesOf(growth, 'messages').flat();
  const depth = Math.max(...pages) / Math.min(...pages);
  const isLate = (title: string) => title.endsWith('all at the end');
  const searches = growth.reads.filter((_, row) => {
    const { title } = READINGS[row]!;
    return title.startsWith('rooms: two letters') && !isLate(title);
  });
  const search = Math.max(...searches.flat());
  const late = Math.max(...growth.reads.filter((_, row) => isLate(READINGS[row]!.title)).flat());
  const scanned = growth.plans.flatMap((plans, index) =>
    plans.filter((plan) => plan.whole.length > 0 && growth.worlds[index]!.rooms >= LARGE).map(({ title }) => title),
  );
  const joins = growth.crowds.filter(({ members }) => members >= 1_000).map(({ joinKib }) => joinKib);
  const bytes = joins.at(-1)! / joins[0]!;
  const faults = growth.crowds.reduce((sum, crowd) => sum + crowd.faults, 0);
  return [
    {
      says: `A page of messages at any depth of any log takes at most ${fixed(depth, 2)} times as long as the quickest (bound: ${DEPTH_MOST}).`,
      holds: depth <= DEPTH_MOST,
    },
    {
      says: `A search by two letters takes at most ${fixed(search)} ms (bound: ${SEARCH_MOST_MS} ms).`,
      holds: search <= SEARCH_MOST_MS,
    },
    {
      says: `Where one room in fifty has them, all at the end of the alphabet: ${fixed(late)} ms (bound: ${LATE_MOST_MS} ms).`,
      holds: late <= LATE_MOST_MS,
    },
    {
      says: `With ${whole(LARGE)} rooms and more no statement reads a table as a whole${scanned.length > 0 ? `, but ${scanned.join(', ')}` : ''}.`,
      holds: scanned.length === 0,
    },
    ...(joins.length > 1
      ? [
          {
            says: `A member of the largest room receives ${fixed(bytes, 2)} times as much while all join as one of 1,000 (bound: ${BYTES_MOST}): the bytes of all are linear in their number.`,
            holds: bytes <= BYTES_MOST,
          },
        ]
      : []),
    { says: `The audit of the deliveries found ${faults} faults.`, holds: faults === 0 },
  ];
}

export function reportOf(growth: Growth): string {
  const { worlds, reads, plans, starts, crowds } = growth;
  const largest = plans.at(-1) ?? [];
  return [
    'One database of each size. Its rooms and users are as many as its events, a million at most; all events are in one room,',
    'one in twenty of them an edit, a deletion or a reaction. RSS over an hour: [faults](../soak/REPORT.md).',
    '',
    ...verdicts(growth).map(({ says, holds }) => `- ${holds ? '✔' : '✘'} ${says}`),
    '',
    '## Reads',
    '',
    'Over HTTP, medians of rounds in which the databases take turns, in ms. Messages and rooms: 50 a page, events: 100.',
    '',
    table(
      ['events', ...worlds.map(({ events }) => whole(events))],
      [
        ['rooms', ...worlds.map(({ rooms }) => whole(rooms))],
        ...READINGS.map(({ title }, row) => [title, ...(reads[row] ?? []).map((ms) => fixed(ms))]),
      ],
    ),
    '',
    'Pages of 8 KiB that the statements read, cached or not (`EXPLAIN (ANALYZE, BUFFERS)`), and ms in the largest database:',
    '',
    table(
      ['statements', ...worlds.map(({ events }) => whole(events)), 'ms'],
      largest.map(({ title, ms }, row) => [title, ...plans.map((world) => whole(world[row]!.pages)), fixed(ms, 2)]),
    ),
    '',
    'Indexes that they use in the largest database:',
    '',
    ...largest.map(({ title, scans, whole: read }) => {
      const names = [...scans.map((scan) => `\`${scan}\``), ...read.map((name) => `the whole of \`${name}\``)];
      return `- ${title}: ${names.join(', ')}`;
    }),
    '',
    '## Start',
    '',
    table(
      ['users and rooms', ...starts.map(({ users }) => whole(users))],
      [
        ['until a page is served, ms', ...starts.map(({ servesMs }) => whole(servesMs))],
        ['until the filter of addresses is filled, ms', ...starts.map(({ filledMs }) => whole(filledMs))],
        ['the slowest page meanwhile, ms', ...starts.map(({ slowestMs }) => whole(slowestMs))],
        ['RSS when it serves, MB', ...starts.map(({ rssMb }) => whole(rssMb))],
        ['the most until the filter is filled, MB', ...starts.map(({ peakMb }) => whole(peakMb))],
      ],
    ),
    '',
    '## Members of one room',
    '',
    'At 20,000 deliveries a second; joins as quickly as they are answered, 32 at a time. CPU of website, chat and PostgreSQL.',
    '',
    table(
      ['members', ...crowds.map(({ members }) => whole(members))],
      [
        ['CPU a delivery, µs', ...crowds.map(({ deliveryCpu }) => fixed(deliveryCpu))],
        ['p50 from sending to the last member, ms', ...crowds.map(({ p50 }) => fixed(p50))],
        ['CPU a join, µs', ...crowds.map(({ members, joinCpu }) => (members < CPU_SEEN ? '–' : whole(joinCpu)))],
        ['received by each member while all join, KiB', ...crowds.map(({ joinKib }) => fixed(joinKib))],
      ],
    ),
  ].join('\n');
}
