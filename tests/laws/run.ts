// Runs the laws: concurrent rooms, each with its own users, until the number of operations is reached; chat is killed
// repeatedly. Rejects on the first divergence.
import { Random } from '../../conformance/random.ts';
import { type Counts, liveRound } from './round.ts';
import { startServers, type User } from './servers.ts';

export interface RunOptions {
  /** The minimum. */
  operations: number;
  seed: number;
  /** Concurrent rooms. */
  rooms: number;
}

/** Operations per room. A run has many short rooms, because each operation compares the whole state. */
const ROUND = 30;
const USERS = 4;
/** Operations between two kills of chat. */
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
    // After a divergence, stop every room and close every socket.
    over.abort();
    await Promise.allSettled(living);
    await killing;
    await servers.stop();
  }
  return counts;
}
