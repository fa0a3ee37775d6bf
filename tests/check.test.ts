// The gates of `npm run check` that are tools with a configuration of ours: a betrayal is planted beside a copy of the
// house, and the step that `npm run check` runs names it. The other gates have theirs in specs/tooling/tests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { steps } from '../check.ts';

const house = join(import.meta.dirname, '..');

/** A copy of the sources, with the installed packages. */
function copy(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-check-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const left = ['node_modules', '.git', 'dump'];
  cpSync(house, dir, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  mkdirSync(join(dir, 'node_modules'));
  for (const name of readdirSync(join(house, 'node_modules'))) {
    if (name !== '.cache') symlinkSync(join(house, 'node_modules', name), join(dir, 'node_modules', name));
  }
  return dir;
}

/** Runs a step of the check there; answers what it said when it failed. */
function failure(dir: string, step: keyof typeof steps): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, steps[step], { cwd: dir, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
}

function plant(dir: string, file: string, text: string, by: string): void {
  const before = readFileSync(join(dir, file), 'utf8');
  assert.ok(before.includes(text), `${file} has ${text}`);
  writeFileSync(join(dir, file), before.replace(text, by));
}

test('code in another format, and code that the linter knows to be wrong, are refused', (t) => {
  const dir = copy(t);
  assert.equal(failure(dir, 'format and lint'), '', 'it passes at first');
  writeFileSync(join(dir, 'chat/app/crooked.ts'), 'export const a = "b"\n');
  assert.match(failure(dir, 'format and lint'), /crooked\.ts format/);
  writeFileSync(join(dir, 'chat/app/crooked.ts'), "import type { A } from './a.ts';\n\nexport const b = 1;\n");
  assert.match(failure(dir, 'format and lint'), /crooked\.ts:1:\d+ lint\/correctness\/noUnusedImports/);
});

test('an operation without a handler, and an answer that the contract does not have, do not compile', (t) => {
  const dir = copy(t);
  plant(dir, 'website/app/routers/auth.ts', 'getSession: async', 'lookAtSession: async');
  plant(dir, 'website/app/routers/chat.ts', 'status: 204', 'status: 202');
  const said = failure(dir, 'types');
  assert.match(said, /routers\/auth\.ts.*\n?.*'lookAtSession' does not exist in type/);
  assert.match(said, /routers\/chat\.ts/);
});
