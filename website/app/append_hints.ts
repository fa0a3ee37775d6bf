// Notifies chat processes that share no broker of the last seq of a room, after one of them has stored messages.
// Coalesces appends within 30 ms, one entry per room. A hint may be lost: chat also compares its rooms with the log.
import type { Log } from '@parlance/service/log.ts';
import { announceAppended, type ChangeFeed } from './changes.ts';
import type { Database } from './database.ts';
import type { Append, AppendOutcome } from './services/append.ts';

const COALESCE_MS = 30;

export class AppendHints {
  readonly #db: Database;
  readonly #changes: ChangeFeed;
  readonly #log: Log;
  #lastSeqs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database, changes: ChangeFeed, log: Log) {
    this.#db = db;
    this.#changes = changes;
    this.#log = log;
  }

  /** Records a batch that was stored, with the outcome of each message. Does nothing if hints are not needed. */
  stored(messages: readonly Append[], outcomes: readonly AppendOutcome[]): void {
    if (!this.#changes.hintsAreNeeded) return;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.outcome !== 'stored') continue;
      const { roomId } = messages[index]!;
      this.#lastSeqs.set(roomId, Math.max(outcome.event.seq, this.#lastSeqs.get(roomId) ?? 0));
    }
    if (this.#lastSeqs.size > 0) this.#timer ??= setTimeout(() => this.#tell(), COALESCE_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const positions = Array.from(this.#lastSeqs, ([roomId, lastSeq]) => ({ roomId, lastSeq }));
    this.#lastSeqs = new Map();
    void announceAppended(this.#db, positions, this.#log);
  }
}
