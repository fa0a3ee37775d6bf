// `npm run soak` as a command: a short run with faults of several kinds, and one that ends at its first miss.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { until } from './house.ts';
import { hasRedis } from './soak/system.ts';

/** Runs the command; `output` has all that it printed. */
function run(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'soak/main.ts'), ...args], { env: process.env });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const lines = [child.stdout, child.stderr].map((stream) => createInterface(stream));
  for (const line of lines) line.on('line', (text) => (output += `${text}\n`));
  return { child, ended: once(child, 'close').then(([code]) => code as number), output: () => output };
}

const SHORT = ['--rooms', '2', '--rate', '40'];

/** Longer than the default of the test runner, which would end the soak before its own timeouts report a miss. */
const PATIENCE = { timeout: 600_000 };

test('a short soak with faults of several kinds misses nothing', PATIENCE, async (t) => {
  if (!hasRedis()) {
    assert.notEqual(process.env.CI, 'true', 'Redis is not installed');
    t.diagnostic('without Redis');
  }
  const families = [
    'client-chat (is cut|truncates)$|chat-website (stalls|passes only requests)|website-database (is cut|goes silently dead)',
    'chat-redis is cut$|(chat|website|redis) is killed|chat is restarted|postgres is killed|terminated|locked',
  ];
  const { ended, output } = run(t, [...SHORT, '--minutes', '0.5', '--seed', '8', '--only', families.join('|')]);
  assert.equal(await ended, 0, output());
  const figure = (of: RegExp) => Number(of.exec(output())?.[1]?.replaceAll(',', ''));
  assert.ok(figure(/^\| acknowledged messages.*\| ([\d,]+) \|$/m) > 100, output());
  assert.ok(figure(/^\| faults.*\| (\d+) in /m) >= 1, output());
});

test('a soak exits with 1 and prints its seed at the first miss, such as a killed chat', PATIENCE, async (t) => {
  const { child, ended, output } = run(t, [...SHORT, '--minutes', '5', '--faults', '0', '--seed', '9', '--no-redis']);
  await until(() => / acknowledged, /.test(output()) || child.exitCode !== null, 120_000);
  const chat = readdirSync('/proc').find((pid) => isChatOf(child.pid!, pid));
  process.kill(Number(chat), 'SIGKILL');
  assert.equal(await ended, 1, output());
  assert.match(output(), /Miss: chat \d exited unexpectedly with SIGKILL[\s\S]*in force: no fault; seed 9/);
  t.diagnostic(output().slice(-300));
});

function isChatOf(parent: number, pid: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const [, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('chat/app/main.ts');
  } catch {
    return false;
  }
}
