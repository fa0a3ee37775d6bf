// Tells chat processes that no broker connects how far logs go, after one of them has stored messages. What is stored within
// 30 ms is told together, for each room once. A hint may be lost: chat compares its rooms with the log.
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

  /** A batch of a chat process was stored, with an outcome for each message. Costs nothing where hints are not needed. */
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
