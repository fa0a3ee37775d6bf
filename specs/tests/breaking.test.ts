// The breaking-change gate: what breaks a released client is refused, what does not passes, and the version may say so.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { breakingChanges, mayBreak, refusals } from '../gates/breaking.ts';
import type { JsonObject } from '../generate/json.ts';
import { all, breaking, type Edit, harmless, remove, schema, set } from './contract-changes.ts';

const specs = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): JsonObject => JSON.parse(readFileSync(path, 'utf8'));

for (const [what, [name, edit]] of Object.entries(breaking)) {
  test(`it breaks a released client when ${what}`, () => assert.notDeepEqual(changesOf(name, edit), []));
}

for (const [what, [name, edit]] of Object.entries(harmless)) {
  test(`it breaks nobody: ${what}`, () => assert.deepEqual(changesOf(name, edit), []));
}

test('a breaking change passes only with a version that says so and a changelog that tells it', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-release-'));
  t.after(() => rmSync(dir, { recursive: true }));
  cpSync(join(specs, 'generated'), join(dir, 'generated'), { recursive: true });
  assert.deepEqual(refusals(dir), [], 'nothing was released yet');

  release(dir, '0.0.9');
  release(dir, '0.1.0');
  assert.deepEqual(refusals(dir), [], 'nothing was changed since');

  const break_ = (version: string): void => {
    const document = read(join(specs, 'generated/asyncapi.json'));
    all(remove(`${schema('ClientFrame')}/oneOf`, '1'), set('/info', 'version', version))(document);
    writeFileSync(join(dir, 'generated/asyncapi.json'), JSON.stringify(document));
  };
  break_('0.1.1');
  assert.match(
    refusals(dir).join('\n'),
    /typing\.start[\s\S]*that breaks 0\.1\.0, and info\.version 0\.1\.1 does not say so/,
  );
  break_('0.2.0');
  assert.match(refusals(dir).join('\n'), /specs\/CHANGELOG\.md has no entry "## 0\.2\.0"/);
  writeFileSync(join(dir, 'CHANGELOG.md'), '# Changelog\n\n## 0.2.0\n\n- typing.start is gone.\n');
  assert.deepEqual(refusals(dir), []);
});

test('a version may break with a higher major, and with a higher minor before 1.0.0', () => {
  const verdicts = [
    ['0.1.0', '0.2.0'],
    ['0.9.0', '0.10.0'],
    ['0.1.0', '1.0.0'],
    ['1.2.3', '2.0.0'],
  ] as const;
  for (const [before, after] of verdicts) assert.ok(mayBreak(before, after), `${before} → ${after}`);
  const refused = [
    ['0.1.0', '0.1.1'],
    ['1.0.0', '1.1.0'],
    ['0.2.0', '0.1.0'],
    ['1.0.0', '0.2.0'],
  ] as const;
  for (const [before, after] of refused) assert.ok(!mayBreak(before, after), `${before} → ${after}`);
});

function changesOf(name: string, edit: Edit): string[] {
  const before = read(join(specs, `generated/${name}.json`));
  const after = structuredClone(before);
  edit(after);
  return breakingChanges(before, after);
}

function release(dir: string, version: string): void {
  const folder = join(dir, 'releases', version);
  mkdirSync(folder, { recursive: true });
  for (const name of ['openapi', 'asyncapi']) {
    const document = read(join(specs, `generated/${name}.json`));
    set('/info', 'version', version)(document);
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(document));
  }
}
