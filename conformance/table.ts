// Formats the outcomes for people: a table by group, the skipped rows by reason, and a summary line.
import { GROUPS } from './row.ts';
import type { Outcome } from './runner.ts';

/** Lines without colour and without a final line feed. */
export function table(outcomes: readonly Outcome[], seconds: number): string {
  const width = Math.max(0, ...outcomes.filter(isTried).map(({ id }) => id.length));
  const lines = GROUPS.flatMap((group) => {
    const rows = outcomes.filter((outcome) => outcome.group === group && isTried(outcome));
    return rows.length > 0 ? ['', `── ${group}`, ...rows.flatMap((outcome) => row(outcome, width))] : [];
  });
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  return [
    ...lines,
    ...skipped(outcomes),
    '',
    `${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped; ${seconds.toFixed(1)} s`,
  ].join('\n');
}

const isTried = ({ result }: Outcome) => result !== 'skipped';

function row({ id, says, result, expected, seen }: Outcome, width: number): string[] {
  const line = `${result === 'pass' ? '✔' : '✖'} ${id.padEnd(width)}  ${says}`;
  return result === 'pass' ? [line] : [line, `    expected  ${expected}`, `    seen      ${seen}`];
}

function skipped(outcomes: readonly Outcome[]): string[] {
  const byReason = Map.groupBy(
    outcomes.filter((outcome) => !isTried(outcome)),
    ({ reason }) => reason,
  );
  const lines = [...byReason].flatMap(([reason, rows]) => [`○ ${reason}`, `    ${together(rows).join(', ')}`]);
  return lines.length > 0 ? ['', '── skipped', ...lines] : [];
}

/** Rows that differ only in the operation are listed once. */
const together = (rows: readonly Outcome[]) =>
  [...Map.groupBy(rows, ({ id }) => id.replace(/^refusal\.\w+\./, 'refusal.*.'))].map(([name, alike]) =>
    alike.length > 1 ? `${name} (${alike.length})` : (alike[0]?.id ?? ''),
  );
