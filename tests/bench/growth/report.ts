// Renders the figures of growth as Markdown, and checks their bounds. Takes no measurements.
import type { Crowd } from './crowds.ts';
import type { Size } from './fill.ts';
import type { Plan } from './plans.ts';
import { READINGS } from './reads.ts';
import type { StartUp } from './start_up.ts';

export interface Growth {
  worlds: readonly Size[];
  /** Median ms, by reading and database. */
  reads: number[][];
  /** By database. */
  plans: Plan[][];
  starts: (StartUp & { users: number })[];
  crowds: Crowd[];
}

const DEPTH_MOST = 1.5;
const SEARCH_MOST_MS = 50;
/** For matches at the end of the alphabet PostgreSQL reads all matching rooms, or all names before them. */
const LATE_MOST_MS = 200;
const BYTES_MOST = 2;
/** The minimum number of joins for a figure of CPU, whose resolution is 10 ms. */
const CPU_SEEN = 1_000;
/** For a smaller table a sequential scan is the right plan. */
const LARGE = 20_000;

export const whole = (value: number) => Math.round(value).toLocaleString('en');
const fixed = (value: number, digits = 1) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const table = (head: string[], rows: string[][]) =>
  [head, ['---', ...head.slice(1).map(() => '--:')], ...rows].map((line) => `| ${line.join(' | ')} |`).join('\n');

/** ms of the readings whose title starts with `title`, in all databases. */
const timesOf = (growth: Growth, title: string) =>
  growth.reads.filter((_, row) => READINGS[row]!.title.startsWith(title));

/** The bounds, each with the measured value. */
export function verdicts(growth: Growth): { says: string; holds: boolean }[] {
  const pages = timesOf(growth, 'messages').flat();
  const depth = Math.max(...pages) / Math.min(...pages);
  const isLate = (title: string) => title.endsWith('all at the end');
  const searches = growth.reads.filter((_, row) => {
    const { title } = READINGS[row]!;
    return title.startsWith('rooms: two-letter search') && !isLate(title);
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
      says: `The slowest page of messages, at any depth of any log, takes ${fixed(depth, 2)} times as long as the fastest (bound: ${DEPTH_MOST}).`,
      holds: depth <= DEPTH_MOST,
    },
    {
      says: `A two-letter search takes at most ${fixed(search)} ms (bound: ${SEARCH_MOST_MS} ms).`,
      holds: search <= SEARCH_MOST_MS,
    },
    {
      says: `If it matches 1 room in 50, all at the end of the alphabet, it takes at most ${fixed(late)} ms (bound: ${LATE_MOST_MS} ms).`,
      holds: late <= LATE_MOST_MS,
    },
    {
      says: `With ${whole(LARGE)} rooms or more no statement uses a sequential scan${scanned.length > 0 ? `, except ${scanned.join(', ')}` : ''}.`,
      holds: scanned.length === 0,
    },
    ...(joins.length > 1
      ? [
          {
            says: `While all members join, each member of the largest room receives ${fixed(bytes, 2)} times as many bytes as a member of a room of 1,000 (bound: ${BYTES_MOST}): the total is linear in the number of members.`,
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
    'There is one database per size, with as many rooms and users as events, up to a million of each. All events are in one',
    'room; one in twenty is an edit, a deletion or a reaction. For RSS over an hour, see the [soak report](../soak/REPORT.md).',
    '',
    ...verdicts(growth).map(({ says, holds }) => `- ${holds ? '✔' : '✘'} ${says}`),
    '',
    '## Reads',
    '',
    'Median ms over HTTP; the databases take turns in each round. A page has 50 messages, 50 rooms or 100 events.',
    '',
    table(
      ['events', ...worlds.map(({ events }) => whole(events))],
      [
        ['rooms', ...worlds.map(({ rooms }) => whole(rooms))],
        ...READINGS.map(({ title }, row) => [title, ...(reads[row] ?? []).map((ms) => fixed(ms))]),
      ],
    ),
    '',
    '8 KiB pages that the statements read, cached or not (`EXPLAIN (ANALYZE, BUFFERS)`), and ms in the largest database:',
    '',
    table(
      ['statements', ...worlds.map(({ events }) => whole(events)), 'ms'],
      largest.map(({ title, ms }, row) => [title, ...plans.map((world) => whole(world[row]!.pages)), fixed(ms, 2)]),
    ),
    '',
    'Indexes that the statements use in the largest database:',
    '',
    ...largest.map(({ title, scans, whole: read }) => {
      const names = [...scans.map((scan) => `\`${scan}\``), ...read.map((name) => `a sequential scan of \`${name}\``)];
      return `- ${title}: ${names.join(', ')}`;
    }),
    '',
    '## Start-up',
    '',
    table(
      ['users and rooms', ...starts.map(({ users }) => whole(users))],
      [
        ['time to the first page, ms', ...starts.map(({ servesMs }) => whole(servesMs))],
        ['time until the filter of email addresses is filled, ms', ...starts.map(({ filledMs }) => whole(filledMs))],
        ['slowest page until then, ms', ...starts.map(({ slowestMs }) => whole(slowestMs))],
        ['RSS at the first page, MB', ...starts.map(({ rssMb }) => whole(rssMb))],
        ['peak RSS until the filter is filled, MB', ...starts.map(({ peakMb }) => whole(peakMb))],
      ],
    ),
    '',
    '## Members of one room',
    '',
    '20,000 deliveries per second. Joins run 32 at a time without a pause. CPU is that of website, chat and PostgreSQL.',
    '',
    table(
      ['members', ...crowds.map(({ members }) => whole(members))],
      [
        ['CPU per delivery, µs', ...crowds.map(({ deliveryCpu }) => fixed(deliveryCpu))],
        ['p50 latency to the last member, ms', ...crowds.map(({ p50 }) => fixed(p50))],
        ['CPU per join, µs', ...crowds.map(({ members, joinCpu }) => (members < CPU_SEEN ? '–' : whole(joinCpu)))],
        ['received by each member while all join, KiB', ...crowds.map(({ joinKib }) => fixed(joinKib))],
      ],
    ),
  ].join('\n');
}
