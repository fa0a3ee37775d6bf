// Runs tasks of the same key one after another within this process. Knows neither rooms nor the database.
import { Problem } from '@parlance/service/problem.ts';

/** How long a task waits for its turn, in milliseconds: as long as a statement waits for a row lock. */
const WAIT_MS = 1_000;

export class Turns {
  /** Of each key with a running task: the starts of those that wait, in order. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Runs `task` when no other task of `key` runs. Throws store_unavailable if it waits longer than 1 s. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(key);
    if (waiting) await turn(waiting);
    else this.#waiting.set(key, new Set());
    try {
      return await task();
    } finally {
      this.#next(key);
    }
  }

  #next(key: string): void {
    const waiting = this.#waiting.get(key)!;
    const [start] = waiting;
    if (!start) return void this.#waiting.delete(key);
    waiting.delete(start);
    start();
  }
}

function turn(waiting: Set<() => void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(start);
      reject(new Problem('store_unavailable'));
    }, WAIT_MS);
    waiting.add(start);
  });
}
