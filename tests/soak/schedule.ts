// Decides which faults begin and end when, and measures the recovery afterwards. The same seed gives the same faults in the
// same order on the same targets, with the same durations.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../conformance/random.ts';
import type { Fault, FaultKind } from './faults.ts';
import { type Ledger, Miss } from './ledger.ts';
import type { Seat } from './seat.ts';

/** One or several faults that were active together, and the recovery after their end. Times in ms. */
export interface Round {
  kinds: string[];
  lasted: number;
  /** Time until a message sent after the end was acknowledged, and until all members could send and had received all. */
  first: number;
  all: number;
}

export interface Stage {
  random: Random;
  kinds: readonly FaultKind[];
  rooms: readonly Ledger[];
  seats: readonly Seat[];
  senders: readonly Seat[];
  /** Descriptions of the active faults, for the report of a miss. */
  inForce: string[];
}

/** Duration of the faults of a round, and of the pause between rounds, ms. */
const HOLD_MS = [1_500, 6_000] as const;
const CALM_MS = [1_500, 4_000] as const;
/**
 * Timeout for the recovery of all members, ms. A client that was closed with 1013 waits for up to a minute before it
 * retries, and the server may be busy again by then.
 */
const BACK_MS = 240_000;

export const calm = (random: Random, signal: AbortSignal): Promise<void> => pause(between(random, CALM_MS), signal);

/** Yields all kinds in random order, again and again, each time in a new order, so that all occur equally often. */
export function* shuffled(kinds: readonly FaultKind[], random: Random): Generator<FaultKind, never> {
  for (;;) {
    const left = [...kinds];
    while (left.length > 0) yield left.splice(Math.floor(random.next() * left.length), 1)[0]!;
  }
}

/** Runs one round: begins faults, holds them, ends them. Resolves when all members have recovered. @throws Miss */
export async function round(stage: Stage, next: () => FaultKind, signal: AbortSignal): Promise<Round> {
  const { random, inForce } = stage;
  const faults: Fault[] = [];
  const chance = random.next();
  const count = chance < 0.65 ? 1 : chance < 0.9 ? 2 : 3;
  while (faults.length < count) {
    const fault = next().make(random, stage.rooms);
    if (!fault.on.some((target) => faults.some(({ on }) => on.includes(target)))) faults.push(fault);
  }
  const holdMs = between(random, HOLD_MS);
  inForce.push(...faults.map(({ kind, on }) => `${kind} (${on.join(', ')})`));
  const began = performance.now();
  const ends: (() => Promise<void> | void)[] = [];
  for (const fault of faults) ends.push(await fault.begin());
  await pause(holdMs, signal);
  const ended = performance.now();
  // Faults end in parallel: a website that starts waits for its database, which the end of another fault may restart.
  const ending = await Promise.allSettled(ends.map(async (end) => end()));
  for (const result of ending) if (result.status === 'rejected') throw result.reason;
  inForce.splice(0, inForce.length, ...inForce.map((fault) => `${fault}, ended`));
  const { first, all } = await back(stage, ended);
  inForce.splice(0);
  return { kinds: faults.map(({ kind }) => kind), lasted: ended - began, first: first - ended, all: all - ended };
}

/** Resolves when each sender has an acknowledged message from after `since`, and all members have received everything. */
async function back({ seats, senders }: Stage, since: number): Promise<{ first: number; all: number }> {
  let first = Number.POSITIVE_INFINITY;
  await until(
    () => {
      const acknowledged = senders.filter((seat) => seat.acknowledgedAt >= since);
      if (acknowledged.length > 0) first = Math.min(first, performance.now());
      return acknowledged.length === senders.length;
    },
    () => `cannot send: ${namesOf(senders.filter((seat) => seat.acknowledgedAt < since))}`,
  );
  await caughtUp(seats);
  return { first, all: performance.now() };
}

/** Resolves when every seat has received what its room had at the call. @throws Miss after `ms`. */
export async function caughtUp(seats: readonly Seat[], ms = BACK_MS): Promise<void> {
  const heads = new Map(seats.map((seat) => [seat, seat.ledger.head]));
  const behind = () => seats.filter((seat) => !seat.isOpen || (seat.cursor ?? 0) < heads.get(seat)!);
  await until(
    () => behind().length === 0,
    () => `have not received everything: ${namesOf(behind(), heads)}`,
    ms,
  );
}

async function until(holds: () => boolean, what: () => string, ms = BACK_MS): Promise<void> {
  for (const deadline = performance.now() + ms; !holds(); await sleep(20)) {
    if (performance.now() > deadline) throw new Miss(`${ms / 1_000} s after the end of all faults members ${what()}`);
  }
}

const namesOf = (seats: readonly Seat[], heads?: ReadonlyMap<Seat, number>) =>
  seats
    .slice(0, 8)
    .map(
      (seat) =>
        `${seat.username} in ${seat.ledger.name} (${seat.constructor.name}, ${seat.isOpen ? 'open' : `not open: ${seat.trouble}`}, at ${seat.cursor}${heads ? ` of ${heads.get(seat)}` : ''})`,
    )
    .join('; ');

const between = (random: Random, [least, most]: readonly [number, number]) => least + random.next() * (most - least);

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);
