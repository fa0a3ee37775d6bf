// Runs every example of the README as it is written and compares its output with the one below it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startTestStack } from '../../../tests/stack.ts';

const exec = promisify(execFile);
const DOCUMENTED = 'http://localhost:8080';

test('every example of the README prints the output below it', async (t) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const examples = [...readme.matchAll(/```js\n(.*?)```\n\n```text\n(.*?)```/gs)];
  assert.equal(examples.length, readme.match(/```js/g)?.length, 'each example has its output');
  assert.ok(examples.length >= 6);
  const stack = await startTestStack();
  t.after(() => stack.stop());
  for (const [, code = '', output] of examples) {
    assert.ok(code.includes(DOCUMENTED));
    await t.test(`prints: ${output?.split('\n')[0]}`, async () => {
      const program = code.replaceAll(DOCUMENTED, stack.url);
      const { stdout, stderr } = await exec(process.execPath, ['--input-type=module', '--eval', program], {
        cwd: import.meta.dirname,
        timeout: 20_000,
      });
      assert.deepEqual({ stdout, stderr }, { stdout: output, stderr: '' });
    });
  }
});
