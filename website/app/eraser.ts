// Erases the messages of deleted accounts in the background, with the steps of services/erasure.ts. Pauses after each
// step for as long as it took, so that requests do not wait for it. After a failure it continues in the next round.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import type { Tally } from '@parlance/service/metrics.ts';
import { announceAppended } from './changes.ts';
import { type Database, sqlState } from './database.ts';
import { type Erasure, eraseStep, releaseErasure, takeErasure } from './services/erasure.ts';
import type { StoredType } from './store_metrics.ts';

const EVERY_MS = 15_000;
/** The minimum pause between two steps. */
const PAUSE_MS = 5;
const LOCK_TIMEOUT = '55P03';

export class Eraser {
  readonly #db: Database;
  readonly #log: Log;
  readonly #stored: Tally<StoredType>;
  readonly #timer: NodeJS.Timeout;
  #stopped = false;
  #round: Promise<void> | undefined;
  #again = false;

  /** @param stored counts the events. */
  constructor(db: Database, log: Log, stored: Tally<StoredType>) {
    this.#db = db;
    this.#stored = stored;
    this.#log = log;
    this.#timer = setInterval(() => this.wake(), EVERY_MS);
    this.#timer.unref();
  }

  /** Looks for work now, in addition to every 15 s. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#round ??= this.#work().finally(() => {
      this.#round = undefined;
    });
  }

  /** Resolves when the running step has ended; another replica, or the next start, continues. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        for (let erasure = await takeErasure(this.#db); erasure && !this.#stopped; ) {
          await this.#erase(erasure);
          erasure = await takeErasure(this.#db);
        }
      } catch (err) {
        this.#log.warn({ err }, 'erasing messages was interrupted');
      }
    }
  }

  async #erase(erasure: Erasure): Promise<void> {
    for (let at: Erasure | undefined = erasure; at && !this.#stopped; ) {
      const began = performance.now();
      try {
        const step: Awaited<ReturnType<typeof eraseStep>> = await eraseStep(this.#db, at);
        at = step?.next;
        if (step?.appended) {
          this.#stored.add('message.deleted', step.appended.events);
          await announceAppended(this.#db, [step.appended.position], this.#log);
        }
        if (!at) this.#log.info({ userId: erasure.userId }, 'the messages of a deleted account are erased');
      } catch (error) {
        // Another transaction holds the lock of the room's row: retry.
        if (sqlState(error) !== LOCK_TIMEOUT) throw error;
      }
      await sleep(Math.max(PAUSE_MS, performance.now() - began));
    }
    if (this.#stopped) await releaseErasure(this.#db, erasure);
  }
}
