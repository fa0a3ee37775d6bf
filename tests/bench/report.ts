// Renders the bench's figures as Markdown: the table with its goals, the missed goals, the audit, and the machine.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { NAMES, type Name } from './contestants.ts';
import { isPinned } from './cores.ts';
import { compared, isMet, type Medians, ROWS, type Row } from './figures.ts';
import type { Round } from './measure.ts';

export const number = (value: number, digits: number) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `4.45 × (797,000 /s)`; only the figure for bare ws and for rows whose goal is no ratio. */
function cell(row: Row, medians: Medians, name: Name): string {
  const value = medians[name][row.key];
  if (value === undefined) return row.key === 'quickCpu' ? 'fell behind' : '–';
  const text = `${number(value, row.digits)} ${row.unit}`;
  const ratio = compared(row, medians, name);
  if (row.goalOf === 'figure' || name === 'bare ws' || ratio === undefined) return text;
  return `${number(ratio, 2)} × (${text})`;
}

function goals({ goals: [direct, proxied], goalOf, more, unit }: Row): string {
  const sign = more ? '≥' : '≤';
  const of = (goal: number | undefined) => (goal === undefined ? '–' : `${sign} ${goal.toLocaleString('en')}`);
  return `${of(direct)} / ${of(proxied)} ${goalOf === 'ratio' ? '×' : unit}`;
}

const mark = (met: boolean | undefined) => (met === undefined ? '' : met ? ' ✔' : ' ✘');

const isOurs = (name: Name) => name === 'parlance' || name === 'parlance behind nginx';

export function tableOf(medians: Medians, names: readonly Name[]): string {
  const head = ['', ...names, 'goal, direct / nginx'];
  const rows = ROWS.map((row) => [
    row.title,
    ...names.map((name) => cell(row, medians, name) + (isOurs(name) ? mark(isMet(row, medians, name)) : '')),
    goals(row),
  ]);
  const lines = [head, ['---', ...names.map(() => '--:'), '---'], ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Explains the missed goals, one line per row; empty when every goal is met. */
export function missesOf(medians: Medians, names: readonly Name[]): string {
  const missed = ROWS.filter((row) => names.some((name) => isOurs(name) && isMet(row, medians, name) === false));
  const lines = missed.map(({ title, why = 'not explained yet' }) => `- **${title}**: ${why}`);
  return lines.length === 0 ? '' : ['Missed goals (✘):', '', ...lines, '', ''].join('\n');
}

/** One line per contestant: messages sent and faults found by the audit. */
export function auditOf(rounds: Record<Name, readonly Round[]>): string {
  const lines = NAMES.filter((name) => rounds[name].length > 0).map((name) => {
    const sum = (key: 'messages' | 'faults') => rounds[name].reduce((total, round) => total + round[key], 0);
    const [first] = rounds[name].flatMap(({ told }) => told);
    const faults = `${number(sum('faults'), 0)} faults${first === undefined ? '' : `, e.g. ${first}`}`;
    return `- ${name}: ${number(sum('messages'), 0)} messages, ${faults}`;
  });
  const busiest = Math.max(...Object.values(rounds).flatMap((own) => own.map(({ generatorBusy }) => generatorBusy)));
  return [
    'The audit follows each message: acknowledged, stored if the contestant stores messages, delivered to every member once, in',
    'the same order for all members, and in the order in which its sender sent it.',
    '',
    ...lines,
    '',
    `The generator used at most ${number(100 * busiest, 0)} % of its core.`,
  ].join('\n');
}

/** The command with its commit, and the machine, one line each. @param script name in package.json of this process. */
export function circumstances(script: string): string {
  const given = process.argv.slice(2).map((argument) => (/\s/.test(argument) ? JSON.stringify(argument) : argument));
  const command = `npm run ${script} -- ${given.join(' ')}`;
  const commit = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' }).trim();
  const [cpu] = cpus();
  return [
    `- Command: \`${command}\`, commit ${commit}, Node ${process.versions.node}.`,
    `- Machine: ${cpus().length} × ${cpu?.model.trim()}. ${isPinned ? 'Servers and database shared one core; the generator had another.' : 'No process was pinned to a core.'}`,
  ].join('\n');
}
