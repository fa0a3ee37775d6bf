// Keeps results in a file, one a line, so that a run that was interrupted continues, and a report has the results of
// several runs. Judges nothing.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Mutant } from './mutant.ts';
import type { Result } from './report.ts';

interface Line {
  id: string;
  /** The mutant as it was: with another text or other tests the result says nothing. */
  planted: string;
  noticedBy: string | undefined;
  seconds: number;
  commit: string;
}

const planted = ({ file, find, by, nth, tests, name }: Mutant) =>
  JSON.stringify([file, find, by, nth ?? 1, tests, name ?? '']);

/** The newest result of each mutant that was caught as it is now. */
export function readResults(file: string, table: readonly Mutant[]): Result[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const newest = new Map(lines.map((text) => JSON.parse(text) as Line).map((line) => [line.id, line]));
  return table.flatMap((mutant) => {
    const line = newest.get(mutant.id);
    if (line?.noticedBy === undefined || line.planted !== planted(mutant)) return [];
    const { noticedBy, seconds, commit } = line;
    return [{ mutant, noticedBy, seconds, commit }];
  });
}

export function keepResult(file: string, { mutant, noticedBy, seconds, commit }: Result): void {
  const line: Line = { id: mutant.id, planted: planted(mutant), noticedBy, seconds, commit };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}
