// Renders the figures of the brokers bench as Markdown: one table per scenario, and the audit. Takes no measurements.
import { median } from '../figures.ts';
import { number } from '../report.ts';
import type { Measured, Scenario, Setup } from './measure.ts';

/** The rounds of one setup; each has one entry per scenario. */
export interface Result {
  setup: Setup;
  rounds: readonly (readonly Measured[])[];
}

const HEAD = ['chats', 'events exchanged through', 'each chat', 'website', 'PostgreSQL', 'Redis', 'sum', 'p50'];

/** The table of one scenario: medians of the rounds; `×` is the ratio of a setup's sum to that of the first setup. */
export function tableOf(results: readonly Result[], scenario: Scenario, index: number): string {
  const sums = results.map(({ rounds }) => median(rounds.map((round) => sumOf(round[index]!))));
  const rows = results.map(({ setup, rounds }, row) => {
    const measured = rounds.map((round) => round[index]!);
    const cpu = (name: string) => number(median(measured.map((one) => one.cpu[name]!)), 0);
    const chats = Array.from({ length: setup.chats }, (_, chat) => cpu(`chat ${chat + 1}`));
    const behind = measured.every(({ keptUp }) => keptUp) ? '' : ', fell behind';
    return [
      ...[`${setup.chats}`, setup.redis ? 'Redis' : 'the website', chats.join(' + ')],
      ...[cpu('website'), cpu('PostgreSQL'), setup.redis ? cpu('Redis') : '–'],
      `${number(sums[row]!, 0)} (${number(sums[row]! / sums[0]!, 2)} ×)`,
      `${number(median(measured.map(({ p50 }) => p50)), 2)} ms${behind}`,
    ];
  });
  const lines = [HEAD, HEAD.map((_, column) => (column < 2 ? '---' : '--:')), ...rows];
  return [`## ${titleOf(scenario)}`, '', ...lines.map((line) => `| ${line.join(' | ')} |`)].join('\n');
}

const sumOf = ({ cpu }: Measured) => Object.values(cpu).reduce((sum, used) => sum + used, 0);

function titleOf({ rooms, members, perSecond }: Scenario): string {
  const where = rooms === 1 ? `One room of ${members} members` : `${number(rooms, 0)} rooms of ${members} members`;
  return `${where}, ${number(perSecond, 0)} messages per second`;
}

/** Whether every message reached every member, in one order. */
export const isClean = ({ unacknowledged, faults }: Measured): boolean => unacknowledged === 0 && faults === 0;

export function auditOf(results: readonly Result[]): string {
  const all = results.flatMap(({ rounds }) => rounds.flat());
  const sum = (key: 'messages' | 'unacknowledged' | 'faults') => all.reduce((total, one) => total + one[key], 0);
  const [first] = all.flatMap(({ told }) => told);
  const busiest = Math.max(...all.map(({ generatorBusy }) => generatorBusy));
  return [
    'The audit follows each message to every member, in the same order for all, and to the database: of ' +
      `${number(sum('messages'), 0)} messages ${number(sum('unacknowledged'), 0)} were not acknowledged; ` +
      `${number(sum('faults'), 0)} faults${first === undefined ? '' : `, e.g. ${first}`}.`,
    `The generator used at most ${number(100 * busiest, 0)} % of its core.`,
  ].join('\n');
}
