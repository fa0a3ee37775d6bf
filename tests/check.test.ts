// The steps of `npm run check` that run a tool with our configuration: each test plants a fault in a copy of the
// repository, and the step reports it. specs/tooling/tests covers the other steps.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { steps } from '../check.ts';

const root = join(import.meta.dirname, '..');

/** A copy of the sources, with the installed packages. */
function copy(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-check-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const left = ['node_modules', '.git', 'dump'];
  cpSync(root, dir, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  mkdirSync(join(dir, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name));
  }
  return dir;
}

/** Runs a step of the check in `dir`. Returns its output when it fails, else an empty string. */
function failure(dir: string, step: keyof typeof steps): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, steps[step], { cwd: dir, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
}

function plant(dir: string, file: string, text: string, by: string): void {
  const before = readFileSync(join(dir, file), 'utf8');
  assert.ok(before.includes(text), `${file} has ${text}`);
  writeFileSync(join(dir, file), before.replace(text, by));
}

test('code that is not formatted, and code that breaks a lint rule, are refused', (t) => {
  const dir = copy(t);
  assert.equal(failure(dir, 'format and lint'), '', 'the premise: the copy passes');
  writeFileSync(join(dir, 'chat/app/crooked.ts'), 'export const a = "b"\n');
  assert.match(failure(dir, 'format and lint'), /crooked\.ts format/);
  writeFileSync(join(dir, 'chat/app/crooked.ts'), "import type { A } from './a.ts';\n\nexport const b = 1;\n");
  assert.match(failure(dir, 'format and lint'), /crooked\.ts:1:\d+ lint\/correctness\/noUnusedImports/);
});

test('an operation without a handler, and an undeclared answer, do not compile', (t) => {
  const dir = copy(t);
  plant(dir, 'website/app/routers/auth.ts', 'getSession: async', 'lookAtSession: async');
  plant(dir, 'website/app/routers/chat.ts', 'status: 204', 'status: 202');
  const said = failure(dir, 'types');
  assert.match(said, /routers\/auth\.ts.*\n?.*'lookAtSession' does not exist in type/);
  assert.match(said, /routers\/chat\.ts/);
});
