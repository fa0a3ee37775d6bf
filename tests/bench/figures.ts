// The rows of the bench's table, each with its unit, its goals and how it is compared. Takes no measurements.
import type { Name } from './contestants.ts';
import type { Round } from './measure.ts';

export type Key = Exclude<keyof Round, 'messages' | 'faults' | 'told' | 'generatorBusy'>;

export interface Row {
  key: Key;
  title: string;
  unit: string;
  digits: number;
  /** Whether the goal applies to the ratio to bare ws or to the figure itself, which depends on the machine. */
  goalOf: 'ratio' | 'figure';
  /** Whether higher is better. */
  more: boolean;
  /** For Parlance, direct and behind nginx. */
  goals: readonly [number, number | undefined];
  /** Printed when a goal is missed: what the profile shows, and what was tried. */
  why?: string;
}

export const ROWS: readonly Row[] = [
  {
    ...{ key: 'busyMost', title: 'one room of 1,000: maximum deliveries per second', unit: '/s', digits: 0 },
    ...{ goalOf: 'ratio', more: true, goals: [6, 6] },
  },
  {
    ...{ key: 'busyCpu', title: 'one room of 1,000, 20,000 deliveries/s: CPU per delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [1.1, 1.8] },
    why: 'at 20 messages per second each message costs the website and PostgreSQL 2 to 3 ms, a fifth of the total: at that rate their code is not compiled, and messages are not batched. Chat alone is at 1.1 to 1.2 ×. Behind nginx each frame is read and written once more.',
  },
  {
    ...{ key: 'quietCpu', title: '1,000 rooms of 5, 1,000 messages/s: CPU per delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [3, 3.8] },
    why: 'half of it is chat, whose five socket writes cost the same as in the bare loop; the rest is one batch of two or three messages every 2 ms, at 350 µs in the website and 350 µs in PostgreSQL: socket writes and wake-ups on one core, not JavaScript. Tried: a statement with a third fewer steps (kept), no Express (kept), one queue of batches instead of two (kept), a batch every 4 ms (10 % less, but p50 4.9 ms), Unix sockets between chat and website (10 % of a call of 200 µs on average, about 1 % of this row: not kept).',
  },
  {
    ...{ key: 'quietP50', title: '1,000 rooms of 5, 1,000 messages/s: p50 to the last member', unit: 'ms', digits: 2 },
    ...{ goalOf: 'figure', more: false, goals: [2.5, 3] },
    why: 'a message waits for the batch before it and then for its own, so the figure depends on the machine: 2.1 ms where the bare loop takes 17 µs per delivery, 3.7 to 6.0 ms where it takes 44 to 50 µs.',
  },
  {
    ...{ key: 'quickCpu', title: '1,000 rooms of 5, 6,000 messages/s: CPU per delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [1.7, 2.2] },
    why: 'of 150 µs per message, chat takes 90, website and PostgreSQL together take 60; the bare loop takes 78.',
  },
  {
    ...{ key: 'ackMany', title: '1,000 rooms: messages acknowledged per second', unit: '/s', digits: 0 },
    ...{ goalOf: 'figure', more: true, goals: [28_000, 20_000] },
    why: 'every message is written to five sockets, as in the bare loop, which reaches 18,000 to 29,000 /s. Tried: when one batch cannot take all waiting messages, those of the same room go together (kept: 15,000 /s before).',
  },
  {
    ...{ key: 'ackOne', title: 'one room of 10: messages acknowledged per second', unit: '/s', digits: 0 },
    ...{ goalOf: 'figure', more: true, goals: [25_000, 20_000] },
    why: 'the figure depends on the machine: 34,000 /s where the bare loop takes 17 µs per delivery in quiet rooms, 16,000 to 17,000 /s where it takes 44 to 50 µs.',
  },
  {
    ...{ key: 'joinCpu', title: 'CPU per join (socket only)', unit: 'µs', digits: 0 },
    ...{ goalOf: 'ratio', more: false, goals: [3.5, 4.5] },
    why: 'the signature of the token (a tenth), the call to the website for each room (an eighth), presence updates to the other members (a twentieth), limits and queues that the bare loop does not have; the rest is spread over the parser, sockets and promises of Node. Tried: node:crypto instead of jsonwebtoken, one write for the upgrade’s response and the first frame, no closure or timer per connection (all kept); one call for all rooms that joins wait for (no gain, because two rooms rarely wait at once: not kept).',
  },
  {
    ...{ key: 'tokenCpu', title: 'CPU per room token', unit: 'ms', digits: 2 },
    ...{ goalOf: 'figure', more: false, goals: [0.4, undefined] },
    why: 'one signature and one verification take 60 µs, PostgreSQL takes 80, and the website’s reads and writes on its two sockets take 150. Tried: no Express, one query instead of two, the query built only once (all kept: 1.7 ms before).',
  },
  {
    ...{ key: 'idleRss', title: 'RSS per idle connection', unit: 'KiB', digits: 1 },
    ...{ goalOf: 'figure', more: false, goals: [10, 26] },
    why: 'Node keeps 6.5 KiB for each socket of the bare loop, nginx 17 KiB with buffers of 2 KiB. Smaller buffers cost a busy room more than they save.',
  },
  {
    ...{ key: 'idleCpu', title: 'CPU of 10,000 idle connections in 1,000 rooms', unit: '% of a core', digits: 1 },
    ...{ goalOf: 'figure', more: false, goals: [3, undefined] },
    why: '400 pings and pongs per second take 2 %, comparing 1,000 rooms with the log every 1.5 s takes 1 % (measured where the bare loop takes 17 µs per delivery). Tried: one timer for all pings, one encoded ping for all sockets that are due, the event loop’s delay sampled every 50 ms instead of 10 (all kept).',
  },
];

/** The medians of each contestant's rounds; undefined when it has no such figure. */
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

/** The value that the goal applies to: the ratio to bare ws, or the figure. */
export function compared({ goalOf, key }: Row, medians: Medians, name: Name): number | undefined {
  const [value, bare] = [medians[name][key], medians['bare ws'][key]];
  if (goalOf === 'figure' || value === undefined) return value;
  return bare === undefined ? undefined : value / bare;
}

export function isMet(row: Row, medians: Medians, name: Name): boolean | undefined {
  const goal = row.goals[name === 'parlance' ? 0 : 1];
  const value = compared(row, medians, name);
  // Without a figure of the bare loop, a ratio is neither met nor missed. A contestant without a figure of its own fell behind.
  if (goal === undefined || (value === undefined && medians[name][row.key] !== undefined)) return undefined;
  return value !== undefined && (row.more ? value >= goal : value <= goal);
}
