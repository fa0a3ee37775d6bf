// Runs tasks of the same key one after another within this process. Knows neither rooms nor the database.
import { Problem } from '@parlance/service/problem.ts';

export class Turns {
  /** For each key with a running task: the functions that start its waiting tasks, in order. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #waitMs: number;

  /** @param waitMs how long a task waits for its turn at most, in milliseconds. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** Runs `task` when no other task of `key` runs. Throws store_unavailable if its turn does not come in time. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(key);
    if (waiting) await turn(waiting, this.#waitMs);
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

function turn(waiting: Set<() => void>, waitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(start);
      reject(new Problem('store_unavailable'));
    }, waitMs);
    waiting.add(start);
  });
}
