// The mutants of `npm run mutants`: each still applies to the sources, and the run tells a mutant that a test notices from
// one that none does. The whole table takes an hour or more and is not run here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { steps } from '../check.ts';
import { copyTree, root } from './mutants/copy.ts';
import { judge, judgeMutant } from './mutants/judge.ts';
import { KINDS, type Mutant, mutated } from './mutants/mutant.ts';
import { share } from './mutants/report.ts';
import { TABLE } from './mutants/table/index.ts';

const copy = copyTree();
after(() => copy.remove());
const text = (file: string) => readFileSync(join(root, file), 'utf8');

test('every mutant applies: what it replaces is in its file, once or as often as it says', () => {
  for (const mutant of TABLE) assert.notEqual(mutated(mutant, text(mutant.file)), text(mutant.file), mutant.id);
});

test('a mutant that does not apply is named with the reason', () => {
  const planted = { id: 'x', file: 'a.ts', find: 'a', by: 'b' };
  assert.throws(() => mutated(planted, 'c'), /^Error: x: a\.ts does not contain "a"$/);
  assert.throws(() => mutated(planted, 'a a'), /contains "a" 2 times/);
  assert.throws(() => mutated({ ...planted, nth: 3 }, 'a a'), /only 2 times/);
  assert.equal(mutated({ ...planted, nth: 2 }, 'a a'), 'a b');
});

test('the table has at least 150 mutants, of every kind, in many files, and each has tests that exist', () => {
  assert.ok(TABLE.length >= 150, `${TABLE.length}`);
  assert.equal(new Set(TABLE.map(({ id }) => id)).size, TABLE.length, 'every id is used once');
  for (const kind of KINDS) assert.ok(TABLE.filter((one) => one.kind === kind).length >= 10, kind);
  assert.ok(new Set(TABLE.map(({ file }) => file)).size >= 60);
  for (const { id, tests, name } of TABLE) {
    assert.ok(tests.length > 0, id);
    for (const one of tests) assert.ok(one in steps || existsSync(join(root, one)), `${id}: ${one}`);
    const titles = tests
      .filter((one) => !(one in steps))
      .map(text)
      .join('\n');
    if (name && !/\$$/.test(name)) assert.match(titles, new RegExp(name), `${id}: a test has this in its name`);
  }
});

test('few mutants are expected to survive, each with a reason', () => {
  const survivors = TABLE.filter(({ survives }) => survives !== undefined);
  assert.ok(survivors.length / TABLE.length < 0.05);
  for (const { id, survives } of survivors) assert.ok(survives!.length > 20, id);
});

const planted = (change: Partial<Mutant>): Mutant => ({
  ...{ id: 'planted', kind: 'windows', file: 'service/message_rates.ts', tests: ['service/tests/rates.test.ts'] },
  ...{ find: 'const WINDOW_MS = 10_000', by: 'const WINDOW_MS = 1_000' },
  ...change,
});

test('a mutant that changes the behaviour is noticed in the copy, and the checkout stays as it is', async () => {
  const before = text('service/message_rates.ts');
  const { noticedBy } = await judgeMutant(copy, planted({}), '');
  assert.match(noticedBy ?? '', /^".+"$/, 'the name of a test');
  assert.equal(text('service/message_rates.ts'), before);
  const { noticedBy: without, passed } = await judge(copy, planted({}), '');
  assert.equal(without, undefined, 'the copy is as before');
  assert.ok(passed > 0);
});

test('a mutant that changes nothing survives, and the share of those that are caught counts it', async () => {
  const harmless = planted({ by: 'const  WINDOW_MS = 10_000' });
  const { noticedBy } = await judgeMutant(copy, harmless, '');
  assert.equal(noticedBy, undefined);
  const result = (noticed: string | undefined) => ({ mutant: harmless, noticedBy: noticed, seconds: 1, commit: 'abc' });
  assert.equal(share([result('a'), result(noticedBy), result('b')]), 66.6);
});

test('a limit that is changed in the contract alone is noticed by the generator', async () => {
  const lie = planted({ file: 'specs/schemas/Username.yaml', find: 'maxLength: 32', by: 'maxLength: 64' });
  assert.equal((await judgeMutant(copy, lie, '')).noticedBy, 'the generator');
  assert.equal(
    readFileSync(join(copy.folder, 'specs/schemas/Username.yaml'), 'utf8'),
    text('specs/schemas/Username.yaml'),
  );
});
