// What the bench tells: its rows, each with its unit, its goal and how it is compared. Measures nothing.
import type { Name } from './contestants.ts';
import type { Round } from './measure.ts';

export type Key = Exclude<keyof Round, 'messages' | 'faults' | 'told' | 'generatorBusy'>;

export interface Row {
  key: Key;
  title: string;
  unit: string;
  digits: number;
  /** Whether the goal is for the ratio to bare ws, or for the figure itself, which is of this machine. */
  goalOf: 'ratio' | 'figure';
  /** Whether more is better. */
  more: boolean;
  /** Of Parlance, direct and behind nginx. */
  goals: readonly [number, number | undefined];
  /** Where a goal is missed: what the profile says, and what was tried. */
  why?: string;
}

export const ROWS: readonly Row[] = [
  {
    ...{ key: 'busyMost', title: 'one room of 1,000: most deliveries a second', unit: '/s', digits: 0 },
    ...{ goalOf: 'ratio', more: true, goals: [6, 6] },
  },
  {
    ...{ key: 'busyCpu', title: 'the same at 20,000 deliveries a second: CPU a delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [1.1, 1.8] },
    why: 'a message that comes alone, 20 a second, costs the website and PostgreSQL 2 to 3 ms, a fifth of the whole: their code is not compiled at that rate, and neither are batches. Chat alone is at 1.1 to 1.2. Behind nginx each frame is read and written once more.',
  },
  {
    ...{ key: 'quietCpu', title: '1,000 rooms of 5, 1,000 messages a second: CPU a delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [3, 3.8] },
    why: 'half of it is chat, whose five writes cost what they cost the bare loop; the rest is one batch of two or three messages every 2 ms, at 350 µs in the website and 350 µs in PostgreSQL: socket writes and wake-ups on one core, not JavaScript. Tried: a statement of a third fewer steps (kept), no Express (kept), one lane instead of two (kept), a pace of 4 ms (10 % less, p50 4.9 ms), unix sockets between chat and website (10 % of a call of 200 µs on average, about 1 % of this row: not kept).',
  },
  {
    ...{ key: 'quietP50', title: 'the same: p50 from sending to the last member', unit: 'ms', digits: 2 },
    ...{ goalOf: 'figure', more: false, goals: [2.5, 3] },
    why: 'a message waits for the batch before it and then for its own, so the figure follows the machine: 2.1 ms where the bare loop takes 17 µs a delivery, 3.7 to 6.0 where it takes 44 to 50.',
  },
  {
    ...{ key: 'quickCpu', title: 'the same at 6,000 messages a second: CPU a delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [1.7, 2.2] },
    why: 'chat is at 90 of 150 µs a message, the bare loop at 78; website and PostgreSQL together at 60.',
  },
  {
    ...{ key: 'ackMany', title: '1,000 rooms: messages acknowledged a second', unit: '/s', digits: 0 },
    ...{ goalOf: 'figure', more: true, goals: [28_000, 20_000] },
    why: 'every message is written to five sockets, as by the bare loop, which does 18,000 to 29,000. Tried: the messages of a room go together where a batch cannot take all (kept: 15,000 before).',
  },
  {
    ...{ key: 'ackOne', title: 'one room of ten: messages acknowledged a second', unit: '/s', digits: 0 },
    ...{ goalOf: 'figure', more: true, goals: [25_000, 20_000] },
    why: 'the figure follows the machine: 34,000 where the bare loop takes 17 µs a delivery in quiet rooms, 16,000 to 17,000 where it takes 44 to 50.',
  },
  {
    ...{ key: 'joinCpu', title: 'CPU a join (the socket alone)', unit: 'µs', digits: 0 },
    ...{ goalOf: 'ratio', more: false, goals: [3.5, 4.5] },
    why: 'the signature of the token (a tenth), the call for each room (an eighth), presence told to those who are there (a twentieth), limits and queues that the bare loop has not; the rest is spread over the parser, sockets and promises of Node. Tried: node:crypto instead of jsonwebtoken, one write for the answer and the first frame, no closure or timer for each connection (all kept); one call for all rooms that are waited for (no gain, seldom are two: not kept).',
  },
  {
    ...{ key: 'tokenCpu', title: 'CPU a room token', unit: 'ms', digits: 2 },
    ...{ goalOf: 'figure', more: false, goals: [0.4, undefined] },
    why: 'a signature and a verification take 60 µs, PostgreSQL 80, the website’s reading and writing of both sockets 150. Tried: no Express, one query instead of two, built once (all kept: 1.7 ms before).',
  },
  {
    ...{ key: 'idleRss', title: 'RSS an idle connection', unit: 'KiB', digits: 1 },
    ...{ goalOf: 'figure', more: false, goals: [10, 26] },
    why: 'Node keeps 6.5 KiB for each socket of the bare loop; nginx 17 with buffers of 2 KiB. Smaller ones cost a busy room more than they save.',
  },
  {
    ...{ key: 'idleCpu', title: 'CPU of 10,000 idle connections in 1,000 rooms', unit: '% of a core', digits: 1 },
    ...{ goalOf: 'figure', more: false, goals: [3, undefined] },
    why: '400 pings and pongs a second take 2 %, comparing 1,000 rooms with the log every 1.5 s takes 1 % (measured where the bare loop takes 17 µs a delivery). Tried: one timer for all pings, a ping encoded once for all that are due, the delay of the event loop measured every 50 ms instead of 10 (all kept).',
  },
];

/** A median of a contestant's rounds; undefined where it has no such figure. */
export type Medians = Record<Name, Partial<Record<Key, number>>>;

export function medianOf(rounds: readonly Round[], key: Key): number | undefined {
  const values = rounds.map((round) => round[key]);
  if (values.length === 0 || values.includes(undefined)) return undefined;
  return median(values as number[]);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** What the goal is compared with. */
export function compared({ goalOf, key }: Row, medians: Medians, name: Name): number | undefined {
  const [value, bare] = [medians[name][key], medians['bare ws'][key]];
  if (value === undefined) return undefined;
  return goalOf === 'ratio' && bare !== undefined ? value / bare : value;
}

export function isMet(row: Row, medians: Medians, name: Name): boolean | undefined {
  const goal = row.goals[name === 'parlance' ? 0 : 1];
  const value = compared(row, medians, name);
  if (goal === undefined) return undefined;
  return value !== undefined && (row.more ? value >= goal : value <= goal);
}
