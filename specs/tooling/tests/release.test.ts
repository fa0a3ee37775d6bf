// Releasing the contract: what is kept is what is published, and nothing is released twice, untold or out of date.
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

/** The contract in a folder of its own, never released. */
function unreleased(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-release-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of [...copied, 'problems.yaml', 'close-codes.yaml', 'limits.yaml']) {
    cpSync(join(specs, name), join(dir, name), { recursive: true });
  }
  return dir;
}

test('a release keeps both documents and the tables of codes as they are published, and only once', async (t) => {
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

test('a contract that the changelog does not tell is not released', async (t) => {
  const dir = unreleased(t);
  writeFileSync(join(dir, 'CHANGELOG.md'), '# Changelog\n');
  await assert.rejects(release(dir), new RegExp(`no entry "## ${version}"`));
});

test('a contract whose generated files are not what the sources make is not released', async (t) => {
  const dir = unreleased(t);
  writeFileSync(join(dir, 'generated/limits.ts'), '');
  await assert.rejects(release(dir), /limits\.ts is not what the sources make/);
});
