// Remembers what crossed the wire in the whole run, filed under the id of the row for which it testifies.
// Judges nothing but what it is told to be a fault.
import { Mismatch, Skip } from './row.ts';

export class Witness {
  readonly #seen = new Map<string, { count: number; faults: string[] }>();

  /** Files one observation; with a fault it testifies against the row. */
  file(rowId: string, fault?: string): void {
    const record = this.#seen.get(rowId) ?? { count: 0, faults: [] };
    record.count += 1;
    if (fault !== undefined) record.faults.push(fault);
    this.#seen.set(rowId, record);
  }

  /** @throws Mismatch when a fault was filed, Skip when nothing was. */
  judge(rowId: string, says: string): void {
    const { count, faults } = this.#seen.get(rowId) ?? { count: 0, faults: [] };
    if (faults.length > 0) throw new Mismatch(says, `${faults.length} of ${count} did not: ${faults[0]}`);
    if (count === 0) throw new Skip('nothing of the kind was seen in this run');
  }
}
