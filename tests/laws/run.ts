// A run of the laws: rooms side by side, each with users of its own, until so many operations are done; chat is killed
// in between. Rejects with the first divergence.
import { Random } from '../../conformance/random.ts';
import { type Counts, liveRound } from './round.ts';
import { startServers, type User } from './servers.ts';

export interface RunOptions {
  /** At the least. */
  operations: number;
  seed: number;
  /** Rooms at the same time. */
  rooms: number;
}

/** Operations in the life of a room. A run has many rooms rather than long ones: each state is compared as a whole. */
const ROUND = 30;
const USERS = 4;
/** Chat is killed each time so many operations are done. */
const KILL_EVERY = 1_000;

export async function runLaws(
  databaseUrl: string,
  { operations, seed, rooms }: RunOptions,
  progress: (counts: Counts) => void = () => undefined,
): Promise<Counts & { kills: number }> {
  const servers = await startServers(databaseUrl);
  const counts = { operations: 0, events: 0, unchanged: 0, resumes: 0, rejoins: 0, kills: 0 };
  const over = new AbortController();
  const { signal } = over;
  const live = async (number: number) => {
    const random = new Random(seed * 1_000 + number);
    const users: User[] = [];
    while (users.length < USERS) users.push(await servers.user());
    while (!signal.aborted && counts.operations < operations) await liveRound({ users, random, counts, signal }, ROUND);
  };
  const kill = async () => {
    const step = Math.min(KILL_EVERY, Math.ceil(operations / 2));
    for (let next = step; !signal.aborted; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (counts.operations < next) continue;
      next = counts.operations + step;
      progress(counts);
      await servers.killChat();
      counts.kills += 1;
    }
  };
  const killing = kill();
  const living = Array.from({ length: rooms }, (_, number) => live(number));
  try {
    await Promise.all(living);
  } finally {
    // After a divergence no room goes on, and no socket is left open.
    over.abort();
    await Promise.allSettled(living);
    await killing;
    await servers.stop();
  }
  return counts;
}
