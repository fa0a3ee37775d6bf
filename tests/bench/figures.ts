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
  },
  {
    ...{ key: 'quietCpu', title: '1,000 rooms of 5, 1,000 messages a second: CPU a delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [3, 3.8] },
  },
  {
    ...{ key: 'quietP50', title: 'the same: p50 from sending to the last member', unit: 'ms', digits: 2 },
    ...{ goalOf: 'figure', more: false, goals: [2.5, 3] },
  },
  {
    ...{ key: 'quickCpu', title: 'the same at 6,000 messages a second: CPU a delivery', unit: 'µs', digits: 1 },
    ...{ goalOf: 'ratio', more: false, goals: [1.7, 2.2] },
  },
  {
    ...{ key: 'ackMany', title: '1,000 rooms: messages acknowledged a second', unit: '/s', digits: 0 },
    ...{ goalOf: 'figure', more: true, goals: [28_000, 20_000] },
  },
  {
    ...{ key: 'ackOne', title: 'one room of ten: messages acknowledged a second', unit: '/s', digits: 0 },
    ...{ goalOf: 'figure', more: true, goals: [25_000, 20_000] },
  },
  {
    ...{ key: 'joinCpu', title: 'CPU a join (the socket alone)', unit: 'µs', digits: 0 },
    ...{ goalOf: 'ratio', more: false, goals: [3.5, 4.5] },
  },
  {
    ...{ key: 'tokenCpu', title: 'CPU a room token', unit: 'ms', digits: 2 },
    ...{ goalOf: 'figure', more: false, goals: [0.4, undefined] },
  },
  {
    ...{ key: 'idleRss', title: 'RSS an idle connection', unit: 'KiB', digits: 1 },
    ...{ goalOf: 'figure', more: false, goals: [10, 26] },
  },
  {
    ...{ key: 'idleCpu', title: 'CPU of 10,000 idle connections in 1,000 rooms', unit: '% of a core', digits: 1 },
    ...{ goalOf: 'figure', more: false, goals: [3, undefined] },
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
