// The open sockets of each row: closed when the row ends, because a user may have only a few at once. Opens none.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Wire } from './wire.ts';

export class OpenWires {
  readonly #rows = new AsyncLocalStorage<{ wires: Set<Wire>; ended: boolean }>();

  /** Runs a row; when it settles, cuts the sockets that it opened. */
  async during(run: () => Promise<void>): Promise<void> {
    const row = { wires: new Set<Wire>(), ended: false };
    try {
      await this.#rows.run(row, run);
    } finally {
      row.ended = true;
      for (const wire of row.wires) wire.cut();
    }
  }

  /** Assigns a socket to the row that runs. Cuts it at once if that row has timed out. */
  add(wire: Wire): void {
    const row = this.#rows.getStore();
    if (!row) throw new Error('only a row opens sockets');
    if (row.ended) wire.cut();
    else row.wires.add(wire);
  }
}
