// What a soak found, as text: the table that it prints, and its part of REPORT.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { growths } from './memory.ts';
import type { Result } from './run.ts';
import type { Round } from './schedule.ts';

/** The slope of memory leaves out so much of the start, seconds, or a third of a shorter run. */
const WARM_UP_S = 600;

export function report(result: Result, command: string): string {
  const { seconds, auditSeconds, acknowledged, compared, delivered, audited, ends, rounds } = result;
  const faults = rounds.reduce((sum, { kinds }) => sum + kinds.length, 0);
  const figures: [string, string][] = [
    ['acknowledged messages, each compared with the log at the end', count(compared)],
    ['acknowledged messages besides, in rooms that were deleted', count(acknowledged - compared)],
    ['a second, on average', (acknowledged / seconds).toFixed(0)],
    ['deliveries, each compared as it arrived', count(delivered)],
    ['events compared: as received, in listEvents, in the tables', count(audited.events)],
    ['acknowledged edits, deletions and reactions found in the log', count(audited.changes)],
    ['messages of listMessages compared with the fold (of long rooms one page in five)', count(audited.messages)],
    ['joins, and of them resumes', `${count(result.joins)}, ${count(result.resumes)}`],
    ['rooms deleted; until a socket was closed, median and worst', `${ends.rooms.length / 3}; ${spread(ends.rooms)}`],
    ['logouts; until a socket was closed, median and worst', `${ends.sessions.length / 2}; ${spread(ends.sessions)}`],
    ['faults, in rounds of one to three at once', `${faults} in ${rounds.length}`],
    ['minutes under load, and minutes of the last audit', `${minutes(seconds)}, ${minutes(auditSeconds)}`],
    ['lost, doubled, altered, reordered; a member not back 240 s after a fault; a socket open 60 s after its end', '0'],
  ];
  const parts = [`\`${command}\`\n\n${setting(result)}\n\n${table(['what', 'figure'], figures)}`];
  if (rounds.length > 0) parts.push(`${faultTable(rounds)}\n\n${others(result)}`);
  if (result.samples.length > 0) parts.push(memoryTable(result));
  return parts.join('\n\n');
}

/** Writes the report into its part of the file, `faults` or `steady`; the other part stays. */
export function writeReport(file: string, result: Result, command: string): void {
  const name = result.options.faults > 0 ? 'faults' : 'steady';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : FRAME;
  const part = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  writeFileSync(
    file,
    text.replace(part, (_, begin: string, end: string) => `${begin}${report(result, command)}\n${end}`),
  );
}

const FRAME = `# Report of the soak

Written by \`npm run soak -- --report tests/soak/REPORT.md\`. [main.ts](main.ts) says what is run and what each option does,
[audit.ts](audit.ts) what is compared, [faults.ts](faults.ts) what each fault does. Any miss would have ended the run with
exit code 1 and left no report.

## Under faults

<!-- faults -->
<!-- /faults -->

## Under steady load

<!-- steady -->
<!-- /steady -->
`;

function setting({ options, versions }: Result): string {
  const commit =
    git('rev-parse', '--short=12', 'HEAD') +
    (git('status', '--porcelain', '--untracked-files=no') ? ', with changes' : '');
  const redis = options.redis
    ? `Redis ${/v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1]}`
    : 'no Redis';
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GB for everything, the clients included`;
  return `Commit ${commit}, ${new Date().toISOString().slice(0, 10)}. ${options.chats} chats, 2 websites, PostgreSQL ${versions.postgres} (durable), ${redis}, Node ${process.versions.node}; ${machine}.`;
}

const git = (...args: string[]) => {
  try {
    return execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  } catch {
    return 'unknown';
  }
};

function faultTable(rounds: readonly Round[]): string {
  const kinds = [...new Set(rounds.flatMap((round) => round.kinds))].sort();
  const rows = kinds.map((kind) => {
    const of = rounds.filter((round) => round.kinds.includes(kind));
    const alone = of.filter((round) => round.kinds.length === 1);
    return [kind, `${of.length}`, spread(alone.map(({ first }) => first)), spread(alone.map(({ all }) => all))];
  });
  const everything = [
    'everything, several at once included',
    `${rounds.length}`,
    spread(rounds.map(({ first }) => first)),
    spread(rounds.map(({ all }) => all)),
  ];
  const head = ['fault', 'times', 'first message acknowledged after its end', 'everybody back'];
  return `Medians and worst times, in seconds, of the rounds in which the fault was alone. "Everybody back": every sender's next message is acknowledged, and every member has received everything. Senders pause for up to two seconds between messages.\n\n${table(head, [...rows, everything])}`;
}

function others({ leftOut, startsGivenUp, errors }: Result): string {
  const lines = [
    ...leftOut.map((what) => `Left out: ${what}.`),
    `Starts that a server gave up because what it needs was away: ${startsGivenUp}.`,
    errors.size === 0
      ? 'Lines of level error in the logs: none.'
      : `Lines of level error in the logs: ${Array.from(errors, ([text, times]) => `${text} (${times})`).join('; ')}.`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

function memoryTable({ samples, heaps }: Result): string {
  const last = samples.at(-1)!.at;
  const warmUp = Math.min(WARM_UP_S, last / 3);
  const rows = growths(samples, warmUp).map((growth) => [
    growth.name,
    ...[growth.first, growth.warm, growth.last, growth.peak].map((mb) => mb.toFixed(0)),
    growth.mbPerHour?.toFixed(1) ?? '',
    heaps.flatMap((heap) => heap.get(growth.name)?.toFixed(1) ?? []).join(' → '),
    growth.cpu?.toFixed(0) ?? '',
    growth.sparkline,
  ]);
  const head = [
    'process',
    'MB at first',
    `after ${minutes(warmUp)} min`,
    'at last',
    'most',
    'MB an hour after that',
    'live heap, MB',
    'CPU, % of a core',
    `over ${minutes(last)} min`,
  ];
  return `Resident memory, sampled every 10 s; the slope is by least squares over the time after the warm-up. Live heap: what is left after all garbage is collected, a minute after the start and at last.\n\n${table(head, rows)}`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const count = (value: number) => value.toLocaleString('en');
const minutes = (seconds: number) => (seconds / 60).toFixed(1);

/** Median and worst of times in ms, in seconds. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  const sorted = values.toSorted((a, b) => a - b);
  return `${(sorted[sorted.length >> 1]! / 1_000).toFixed(1)}, ${(sorted.at(-1)! / 1_000).toFixed(1)}`;
}
