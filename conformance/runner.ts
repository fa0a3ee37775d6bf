// Runs the rows against one server, a few at a time, and returns the outcome of each. Prints nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { Kit } from './kit.ts';
import { inLanes } from './lanes.ts';
import { type Group, Mismatch, type Row, Skip } from './row.ts';

export interface Outcome {
  id: string;
  group: Group;
  says: string;
  result: 'pass' | 'fail' | 'skipped';
  /** Why it was skipped. */
  reason?: string;
  expected?: string;
  seen?: string;
  milliseconds: number;
}

export interface RunOptions {
  url: string;
  seed: number;
  /** Only rows whose id, group or sentence contains this, in any case. */
  filter?: string;
  /** Rows that may wait longer than this, in seconds, are skipped. */
  patience: number;
}

/** How many rows run at the same time: enough to hide waits, few enough to cause little load. */
const LANES = 8;
const ROW_TIMEOUT_MS = 120_000;

/** Resolves with one outcome per row, in the order of `rows`. @throws if the accounts cannot register or log in. */
export async function run(rows: readonly Row[], options: RunOptions): Promise<Outcome[]> {
  const kit = new Kit(options.url, options.seed);
  const wanted = rows.filter((row) => fits(row, options.filter));
  const outcomes = new Map<Row, Outcome>();
  try {
    await kit.start();
    const queue = wanted.toSorted((a, b) => (b.waits ?? 0) - (a.waits ?? 0));
    await inLanes(LANES, queue, async (row) => outcomes.set(row, await tried(row, kit, options.patience)));
  } finally {
    await kit.finish();
  }
  return wanted.map((row) => judged(row, outcomes.get(row) as Outcome, kit));
}

const fits = ({ id, group, says }: Row, filter = '') =>
  `${group} ${id} ${says}`.toLowerCase().includes(filter.toLowerCase());

async function tried(row: Row, kit: Kit, patience: number): Promise<Outcome> {
  const began = performance.now();
  const outcome = await settled(row, async () => {
    if (row.skip !== undefined) throw new Skip(row.skip);
    if ((row.waits ?? 0) > patience) throw new Skip(`has to wait up to ${row.waits} s (--patience ${patience})`);
    if (row.run) await kit.openWires.during(() => withinTime(row.run!(kit)));
  });
  return { ...outcome, milliseconds: Math.round(performance.now() - began) };
}

/** A row that failed by itself stays failed; any other is also judged by the observations of the whole run. */
function judged(row: Row, outcome: Outcome, kit: Kit): Outcome {
  if (!row.witnessed || outcome.result === 'fail') return outcome;
  const verdict = settledNow(row, () => kit.witness.judge(row.id, row.says));
  // Without observations, a row that passed by itself stays passed.
  return verdict.result === 'skipped' && row.run && outcome.result === 'pass' ? outcome : { ...outcome, ...verdict };
}

async function settled(row: Row, attempt: () => Promise<void>): Promise<Outcome> {
  try {
    await attempt();
  } catch (error) {
    return settledNow(row, () => {
      throw error;
    });
  }
  return settledNow(row, () => undefined);
}

function settledNow({ id, group, says }: Row, attempt: () => void): Outcome {
  const outcome = { id, group, says, milliseconds: 0 };
  try {
    attempt();
    return { ...outcome, result: 'pass' };
  } catch (error) {
    if (error instanceof Skip) return { ...outcome, result: 'skipped', reason: error.message };
    if (error instanceof Mismatch) return { ...outcome, result: 'fail', expected: error.expected, seen: error.seen };
    return { ...outcome, result: 'fail', expected: says, seen: error instanceof Error ? error.message : String(error) };
  }
}

async function withinTime(attempt: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(ROW_TIMEOUT_MS, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error(`it did not finish within ${ROW_TIMEOUT_MS / 1_000} s`)),
    () => undefined,
  );
  await Promise.race([attempt, late]).finally(() => timer.abort());
}
