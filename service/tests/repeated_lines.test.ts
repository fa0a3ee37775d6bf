// Rate limited warnings: once per second, with the number of omitted lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../log.ts';
import { warnRepeated } from '../repeated_lines.ts';

function recorded() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ service: 'test', to: { write: (line) => void lines.push(JSON.parse(line)) } });
  return { log, lines };
}

test('of a thousand equal warnings in a second the first and the last are logged, also across child logs', async () => {
  const { log, lines } = recorded();
  for (let k = 0; k < 1_000; k += 1) warnRepeated(log.child({ requestId: `r${k}` }), { k }, 'no answer');
  assert.deepEqual(
    lines.map(({ msg, k, requestId, leftOut }) => ({ msg, k, requestId, leftOut })),
    [{ msg: 'no answer', k: 0, requestId: 'r0', leftOut: undefined }],
  );
  await sleep(1_300);
  assert.deepEqual(
    lines.slice(1).map(({ level, msg, k, requestId, leftOut }) => ({ level, msg, k, requestId, leftOut })),
    [{ level: 'warn', msg: 'no answer', k: 999, requestId: 'r999', leftOut: 998 }],
  );
  await sleep(1_100);
  warnRepeated(log, { k: 1_000 }, 'no answer');
  assert.equal(lines.length, 3, 'after a quiet second the next one is logged at once');
});

test('another text and another log are not limited together', () => {
  const [one, other] = [recorded(), recorded()];
  warnRepeated(one.log, {}, 'this');
  warnRepeated(one.log, {}, 'that');
  warnRepeated(other.log, {}, 'this');
  assert.deepEqual(
    [one, other].map(({ lines }) => lines.map(({ msg }) => msg)),
    [['this', 'that'], ['this']],
  );
});
