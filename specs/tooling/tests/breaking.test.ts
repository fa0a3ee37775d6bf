// The breaking-change gate: it refuses a change that breaks a released client, unless the version permits it.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { breakingChanges, mayBreak, refusals } from '../gates/breaking.ts';
import { TABLES } from '../gates/tables.ts';
import type { JsonObject } from '../generate/json.ts';
import { all, breaking, type Edit, harmless, remove, schema, set } from './contract_changes.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): JsonObject => JSON.parse(readFileSync(path, 'utf8'));

for (const [what, [name, edit]] of Object.entries(breaking)) {
  test(`it breaks a released client when ${what}`, () => assert.notDeepEqual(changesOf(name, edit), []));
}

for (const [what, [name, edit]] of Object.entries(harmless)) {
  test(`it breaks no client: ${what}`, () => assert.deepEqual(changesOf(name, edit), []));
}

test('a breaking change passes only with a version that permits it and a changelog entry', (t) => {
  const dir = copy(t);
  assert.deepEqual(refusals(dir), [], 'there is no release');

  release(dir, '0.0.9');
  release(dir, '0.1.0');
  assert.deepEqual(refusals(dir), [], 'nothing has changed since the release');

  const break_ = (version: string): void => {
    const document = read(join(specs, 'generated/asyncapi.json'));
    all(remove(`${schema('ClientFrame')}/oneOf`, '1'), set('/info', 'version', version))(document);
    writeFileSync(join(dir, 'generated/asyncapi.json'), JSON.stringify(document));
  };
  break_('0.1.1');
  assert.match(
    refusals(dir).join('\n'),
    /typing\.start[\s\S]*that breaks 0\.1\.0, but info\.version 0\.1\.1 does not allow it/,
  );
  break_('0.2.0');
  assert.match(refusals(dir).join('\n'), /specs\/CHANGELOG\.md has no entry "## 0\.2\.0"/);
  writeFileSync(join(dir, 'CHANGELOG.md'), '# Changelog\n\n## 0.2.0\n\n- typing.start is gone.\n');
  assert.deepEqual(refusals(dir), []);
});

for (const [what, [table, was, is, sentence]] of Object.entries({
  'a problem code is gone': ['problems.yaml', 'outbox_full:', 'outbox_fool:', /outbox_full is gone/],
  'a problem changes its status': ['problems.yaml', 'status: 415', 'status: 400', /status was 415 and is 400/],
  'a code changes from not stored to unknown': [
    'problems.yaml',
    /(rate_limited:[\s\S]*?stored: )'no'/,
    '$1unknown',
    /rate_limited: stored was "no" and is "unknown"/,
  ],
  'a code changes from retry to never': [
    'problems.yaml',
    /^( +)retry: same-id/m,
    '$1retry: never',
    /retry was "same-id" and is "never"/,
  ],
  'a close code is gone': ['close-codes.yaml', '4002:', '4009:', /4002 is gone/],
  'a close code changes from stop to reconnect': [
    'close-codes.yaml',
    /(4501:.*client: )stop/,
    '$1reconnect',
    /4501: client was "stop" and is "reconnect"/,
  ],
} as const)) {
  test(`it breaks a released client when ${what}`, (t) => {
    const dir = copy(t);
    release(dir, '0.1.0');
    const before = readFileSync(join(dir, table), 'utf8');
    writeFileSync(join(dir, table), before.replace(was, is));
    assert.match(refusals(dir).join('\n'), sentence);
  });
}

test('it breaks no client: another title, another advice, a new problem code, a new close code', (t) => {
  const dir = copy(t);
  release(dir, '0.1.0');
  for (const name of TABLES) {
    const text = readFileSync(join(dir, name), 'utf8').replaceAll('Log in', 'Sign in');
    const row = '{ status: 418, name: teapot, title: A teapot, retry: never, client: stop, advice: Brew }';
    writeFileSync(join(dir, name), `${text}\n${name === 'problems.yaml' ? 'teapot' : '4599'}: ${row}\n`);
  }
  assert.deepEqual(refusals(dir), []);
});

test('adding a code of HTTP to the socket breaks no client, and removing it does', (t) => {
  const dir = copy(t);
  const file = join(dir, 'problems.yaml');
  const both = readFileSync(file, 'utf8');
  const httpOnly = both.replace(/(unavailable:\n {2}status: 503\n) {2}socket: true\n/, '$1');
  assert.notEqual(httpOnly, both);
  writeFileSync(file, httpOnly);
  release(dir, '0.1.0');
  writeFileSync(file, both);
  assert.deepEqual(refusals(dir), []);
  release(dir, '0.1.0');
  writeFileSync(file, httpOnly);
  assert.match(refusals(dir).join('\n'), /unavailable: socket was true/);
});

test('a version can break with a higher major, and with a higher minor before 1.0.0', () => {
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

/** A copy of the contract in a temporary folder, without releases. */
function copy(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-release-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of ['generated', ...TABLES]) cpSync(join(specs, name), join(dir, name), { recursive: true });
  return dir;
}

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
  for (const name of TABLES) cpSync(join(specs, name), join(folder, name));
}
