// `npm run brokers` with two chats and tiny sizes: the audit passes and the report has every figure.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { startParlance } from './bench/parlance.ts';
import { redisIsMissing } from './redis.ts';

const skip = process.platform === 'linux' ? redisIsMissing : 'the bench reads CPU time from /proc';
const SIZES = ['--rounds', '1', '--seconds', '1', '--chats', '2', '--quiet', '4,6,60', '--busy', '1,12,20'];

const run = (args: readonly string[]) =>
  new Promise<{ code: unknown; output: string }>((resolve) => {
    const main = join(import.meta.dirname, 'bench/brokers/main.ts');
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });

test('the cost of a message is measured with and without Redis, and every member gets every message', {
  skip,
  timeout: 300_000,
}, async (t) => {
  const { code, output } = await run(SIZES);
  assert.equal(code, 0, output);
  t.diagnostic(output);
  const [, messages, lost, faults] = /of ([\d,]+) messages (\d+) were not acknowledged; (\d+) faults/.exec(output)!;
  assert.deepEqual([lost, faults], ['0', '0']);
  // Two setups with 60 messages a second in four rooms and 20 in one, for 5 s each: a busy machine may send fewer.
  assert.ok(Number(messages!.replace(',', '')) > 200, output);
  const rows = Array.from(output.matchAll(/^\| 2 \| (.*) \|$/gm), ([, row]) => row!.split(' | '));
  assert.deepEqual(
    rows.map(([through]) => through),
    ['the website', 'Redis', 'the website', 'Redis'],
  );
  for (const [through, chats, website, postgres, redis, sum, p50] of rows) {
    const parts = [...chats!.split(' + '), website!, postgres!, ...(through === 'Redis' ? [redis!] : [])];
    const figures = parts.map((part) => Number(part.replace(',', '')));
    assert.equal(figures.length, through === 'Redis' ? 5 : 4);
    assert.ok(
      figures.every((figure) => figure > 0),
      output,
    );
    const total = figures.reduce((all, figure) => all + figure, 0);
    assert.ok(Math.abs(Number(sum!.split(' ')[0]!.replace(',', '')) - total) <= figures.length, output);
    assert.ok(Number.parseFloat(p50!) > 0, output);
  }
});

test('the members of each room are spread over the chats', { skip }, async () => {
  const parlance = await startParlance({ chats: 3 });
  try {
    const doors = await parlance.doors(2, 6);
    const rooms = Map.groupBy(doors, ({ room }) => room);
    assert.equal(rooms.size, 2);
    for (const members of rooms.values()) {
      const chats = Map.groupBy(members, ({ port }) => port);
      assert.deepEqual(
        Array.from(chats.values(), ({ length }) => length),
        [2, 2, 2],
      );
    }
    assert.equal(new Set(doors.map(({ port }) => port)).size, 3);
  } finally {
    await parlance.stop();
  }
});
