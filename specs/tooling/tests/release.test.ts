// Releasing the contract: a release has the published files, a new version, a changelog entry and no outdated files.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { refusals } from '../gates/breaking.ts';
import { release } from '../release.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['schemas', 'generated', 'CHANGELOG.md', 'openapi.yaml', 'openapi.internal.yaml', 'asyncapi.yaml'];
const version: string = JSON.parse(readFileSync(join(specs, 'generated/openapi.json'), 'utf8')).info.version;

/** A copy of the contract in a temporary folder, without releases. */
function unreleased(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-release-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of [...copied, 'problems.yaml', 'close-codes.yaml', 'limits.yaml']) {
    cpSync(join(specs, name), join(dir, name), { recursive: true });
  }
  return dir;
}

test('a release stores both documents and the tables of codes as published, and only once', async (t) => {
  const dir = unreleased(t);
  assert.equal(await release(dir), version);
  const kept = {
    'openapi.json': 'generated',
    'asyncapi.json': 'generated',
    'problems.yaml': '',
    'close-codes.yaml': '',
  };
  for (const [name, folder] of Object.entries(kept)) {
    const read = (at: string) => readFileSync(join(dir, at, name), 'utf8');
    assert.equal(read(`releases/${version}`), read(folder));
  }
  assert.deepEqual(refusals(dir), []);
  await assert.rejects(release(dir), /is released: give the contract a new version/);
  assert.equal(await release(dir, true), version);
});

test('a contract without a changelog entry is not released', async (t) => {
  const dir = unreleased(t);
  writeFileSync(join(dir, 'CHANGELOG.md'), '# Changelog\n');
  await assert.rejects(release(dir), new RegExp(`no entry "## ${version}"`));
});

test('a contract with outdated generated files is not released', async (t) => {
  const dir = unreleased(t);
  writeFileSync(join(dir, 'generated/limits.ts'), '');
  await assert.rejects(release(dir), /limits\.ts is out of date/);
});
