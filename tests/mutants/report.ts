// The result of a run as a table: on the terminal, and in REPORT.md. Judges nothing.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './copy.ts';
import { KINDS, type Kind, type Mutant } from './mutant.ts';

export interface Result {
  mutant: Mutant;
  /** Undefined: it survived. */
  noticedBy: string | undefined;
  seconds: number;
  /** Of the sources in which it was planted. */
  commit: string;
}

const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** Of the working tree. */
export const commitOf = (): string => git('log', '-1', '--format=%h');

interface Row {
  kind: Kind | 'all';
  caught: number;
  all: number;
}

const rowOf = (kind: Row['kind'], results: readonly Result[]): Row => ({
  kind,
  caught: results.filter(({ noticedBy }) => noticedBy !== undefined).length,
  all: results.length,
});

/** One row a kind that was tried, then one for all. */
function rows(results: readonly Result[]): Row[] {
  const byKind = KINDS.map((kind) =>
    rowOf(
      kind,
      results.filter(({ mutant }) => mutant.kind === kind),
    ),
  );
  return [...byKind.filter(({ all }) => all > 0), rowOf('all', results)];
}

const percent = ({ caught, all }: Row) => (Math.floor((caught / all) * 1_000) / 10).toFixed(1);

/** The percentage of mutants that were caught, rounded down. */
export const share = (results: readonly Result[]): number => Number(percent(rowOf('all', results)));

export function summary(results: readonly Result[]): string {
  return rows(results)
    .map((row) => `${row.kind.padEnd(12)} ${String(row.caught).padStart(4)} of ${row.all} caught (${percent(row)} %)`)
    .join('\n');
}

/** Writes tests/mutants/REPORT.md. */
export function writeReport(results: readonly Result[], command: string): void {
  const survivors = results.filter(({ noticedBy }) => noticedBy === undefined);
  const lines = [
    '# Mutants',
    '',
    'Each mutant is one plausible fault or false statement, planted in a copy of the sources. A mutant is caught if a test or',
    'a step of `npm run check` fails with it and passes without it. The table of mutants is in `tests/mutants/table/`.',
    '',
    `\`${command}\` on ${git('log', '-1', '--format=%cs')}, at ${[...new Set(results.map(({ commit }) => commit))].join(', ')}.`,
    '',
    '| kind | mutants | caught | |',
    '| --- | --- | --- | --- |',
    ...rows(results).map((row) => `| ${row.kind} | ${row.all} | ${row.caught} | ${percent(row)} % |`),
    '',
    '## Survivors',
    '',
    ...(survivors.length === 0 ? ['None.'] : ['| mutant | file | change | reason |', '| --- | --- | --- | --- |']),
    ...survivors.map(({ mutant }) => {
      const change = `\`${cell(mutant.find)}\` → \`${cell(mutant.by)}\``;
      return `| ${mutant.id} | ${mutant.file} | ${change} | ${mutant.survives ?? 'not known'} |`;
    }),
    '',
    '## Caught',
    '',
    '| mutant | file | noticed by |',
    '| --- | --- | --- |',
    ...results
      .filter(({ noticedBy }) => noticedBy !== undefined)
      .map(({ mutant, noticedBy }) => `| ${mutant.id} | ${mutant.file} | ${cell(noticedBy!)} |`),
    '',
  ];
  writeFileSync(join(root, 'tests/mutants/REPORT.md'), lines.join('\n'));
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('`', "'").replace(/\s+/g, ' ').slice(0, 160);
