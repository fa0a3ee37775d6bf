// Records observations of the whole run, filed under the id of the row that they concern.
// Decides nothing: the caller says whether an observation is a fault.
import { Mismatch, Skip } from './row.ts';

export class Witness {
  readonly #seen = new Map<string, { count: number; faults: string[] }>();

  /** Files one observation; a fault counts against the row. */
  file(rowId: string, fault?: string): void {
    const record = this.#seen.get(rowId) ?? { count: 0, faults: [] };
    record.count += 1;
    if (fault !== undefined) record.faults.push(fault);
    this.#seen.set(rowId, record);
  }

  /** @throws Mismatch if a fault was filed, Skip if nothing was. */
  judge(rowId: string, says: string): void {
    const { count, faults } = this.#seen.get(rowId) ?? { count: 0, faults: [] };
    if (faults.length > 0) throw new Mismatch(says, `${faults.length} of ${count} failed: ${faults[0]}`);
    if (count === 0) throw new Skip('this run has no observation of it');
  }
}
