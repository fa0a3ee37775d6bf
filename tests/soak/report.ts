// Renders the result of a soak as text: the table that it prints, and its part of REPORT.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { growths } from './memory.ts';
import type { Result } from './run.ts';
import type { Round } from './schedule.ts';

/** Seconds at the start that the slope of memory excludes; at most a third of the run. */
const WARM_UP_S = 600;

export function report(result: Result, command: string): string {
  const { seconds, auditSeconds, acknowledged, compared, delivered, audited, ends, rounds } = result;
  const faults = rounds.reduce((sum, { kinds }) => sum + kinds.length, 0);
  const figures: [string, string][] = [
    ['acknowledged messages, each compared with the log at the end', count(compared)],
    ['acknowledged messages in deleted rooms, in addition', count(acknowledged - compared)],
    ['acknowledged messages per second, on average', (acknowledged / seconds).toFixed(0)],
    ['deliveries, each compared on arrival', count(delivered)],
    ['events compared between deliveries, listEvents and the tables', count(audited.events)],
    ['acknowledged edits, deletions and reactions found in the log', count(audited.changes)],
    ['messages of listMessages compared with the folded log (long rooms: one page in five)', count(audited.messages)],
    ['joins, of which resumes', `${count(result.joins)}, ${count(result.resumes)}`],
    ['rooms deleted; seconds until a socket closed, median, worst', `${ends.rooms.length / 3}; ${spread(ends.rooms)}`],
    ['logouts; seconds until a socket closed, median, worst', `${ends.sessions.length / 2}; ${spread(ends.sessions)}`],
    ['faults, in rounds of one to three at once', `${faults} in ${rounds.length}`],
    ['minutes under load, minutes of the final audit', `${minutes(seconds)}, ${minutes(auditSeconds)}`],
    [
      'events lost, duplicated, altered or reordered; members not back 240 s after a fault; sockets open 60 s after their end',
      '0',
    ],
  ];
  const parts = [`\`${command}\`\n\n${setting(result)}\n\n${table(['what', 'figure'], figures)}`];
  if (rounds.length > 0) parts.push(`${faultTable(rounds)}\n\n${others(result)}`);
  if (result.samples.length > 0) parts.push(memoryTable(result));
  return parts.join('\n\n');
}

/** Replaces the part `faults` or `steady` of the file with the report; the other part stays. */
export function writeReport(file: string, result: Result, command: string): void {
  const name = result.options.faults > 0 ? 'faults' : 'steady';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : FRAME;
  const part = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  writeFileSync(
    file,
    text.replace(part, (_, begin: string, end: string) => `${begin}${report(result, command)}\n${end}`),
  );
}

const FRAME = `# Soak report

\`npm run soak -- --report tests/soak/REPORT.md\` writes this file. [main.ts](main.ts) describes the run and its options,
[audit.ts](audit.ts) what is compared, and [faults.ts](faults.ts) what each fault does. A run that finds a miss exits with
code 1 and writes no report.

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
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GB for all processes including the clients`;
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
    'all rounds, with one or several faults',
    `${rounds.length}`,
    spread(rounds.map(({ first }) => first)),
    spread(rounds.map(({ all }) => all)),
  ];
  const head = ['fault', 'rounds', 'first acknowledged message', 'all members back'];
  return `Median and worst times in seconds after the end of the fault, in rounds with this fault alone. All members are back when every sender has had a new message acknowledged and every member has received everything. Senders pause for up to two seconds between messages.\n\n${table(head, [...rows, everything])}`;
}

function others({ leftOut, startsGivenUp, errors }: Result): string {
  const lines = [
    ...leftOut.map((what) => `Left out: ${what}.`),
    `Starts in which a server exited because a dependency was unavailable: ${startsGivenUp}.`,
    errors.size === 0
      ? 'Log lines of level error: none.'
      : `Log lines of level error: ${Array.from(errors, ([text, times]) => `${text} (${times})`).join('; ')}.`,
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
    'MB at the start',
    `after ${minutes(warmUp)} min`,
    'at the end',
    'peak',
    'MB per hour after the warm-up',
    'live heap, MB',
    'CPU, % of a core',
    `RSS over ${minutes(last)} min`,
  ];
  return `Resident memory (RSS), sampled every 10 s. The growth per hour is the least-squares slope after the warm-up. The live heap is measured after a full garbage collection, one minute after the start and at the end.\n\n${table(head, rows)}`;
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
