// Graceful shutdown, with real processes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

interface Ended {
  said: string;
  logged: string;
  code: number | null;
}

/** Runs the child, sends each signal when its word appears on stdout, and waits for the exit. */
async function runChild(kind: string, signals: [after: string, signal: NodeJS.Signals][] = []): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'drain_child.ts'), kind]);
  const ended: Ended = { said: '', logged: '', code: null };
  const due = [...signals];
  child.stdout.on('data', (chunk) => {
    ended.said += chunk;
    while (due[0] && ended.said.includes(due[0][0])) child.kill(due.shift()![1]);
  });
  child.stderr.on('data', (chunk) => {
    ended.logged += chunk;
  });
  await once(child, 'close');
  return { ...ended, code: child.exitCode };
}

test('a signal runs the steps in order, once, and exits 0', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { said, code, logged } = await runChild('well', [['up', signal]]);
    assert.deepEqual([said, code], ['up\nfirst\nsecond\nthird\n', 0], logged);
  }
});

test('a step that fails is logged, the rest still run, and the exit code is 1', async () => {
  const { said, code, logged } = await runChild('fails', [['up', 'SIGTERM']]);
  assert.deepEqual([said, code], ['up\nfirst\nthird\n', 1]);
  assert.match(logged, /"step":"second"/);
});

test('a step that hangs is stopped at the deadline, and the log names it', async () => {
  const { said, code, logged } = await runChild('hangs', [['up', 'SIGTERM']]);
  assert.deepEqual([said, code], ['up\nfirst\nsecond\nhanging\n', 1]);
  assert.match(logged, /"step":"third","deadlineMs":300,.*stopping took too long/);
});

test('a second signal exits at once', async () => {
  const { said, code } = await runChild('hangs for long', [
    ['up', 'SIGTERM'],
    ['hanging', 'SIGINT'],
  ]);
  assert.deepEqual([said, code], ['up\nfirst\nsecond\nhanging\n', 130]);
});

test('a shutdown started by the returned function runs the same steps', async () => {
  const { said, code, logged } = await runChild('by hand');
  assert.deepEqual([said, code], ['up\nfirst\nsecond\nthird\n', 0]);
  assert.match(logged, /"reason":"the database is gone"/);
});

test('an uncaught error is logged and exits with 1', async () => {
  for (const [kind, words] of [
    ['throws', 'uncaught exception'],
    ['rejects', 'unhandled rejection'],
  ] as const) {
    const { code, logged } = await runChild(kind);
    assert.equal(code, 1);
    assert.match(logged, new RegExp(`"level":"fatal".*"msg":"${words}"`));
  }
});
