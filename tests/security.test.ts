// Every test that the tables of SECURITY.md name exists in the file that they name. A filled-in part of a generated title
// is `…` in the table, or a text that the file contains.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..');
const LEAST_ROWS = 55;
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const security = read('SECURITY.md');

interface Row {
  attack: string;
  outcome: string;
  tests: { file: string; title: string }[];
}

/** The rows of every table with the columns attack, what happens, test. Throws on a cell of another form. */
function rowsOf(markdown: string): Row[] {
  const rows: Row[] = [];
  let isInside = false;
  for (const line of markdown.split('\n')) {
    if (line === '| attack | what happens | test |') isInside = true;
    else if (!line.startsWith('|')) isInside = false;
    else if (isInside && !line.startsWith('| ---')) {
      const [attack = '', outcome = '', tests = '', ...more] = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim());
      assert.ok(attack && outcome && tests && more.length === 0, line);
      const named = tests.split('<br>').map((one) => {
        const [, file, title] =
          /^`([^`]+\.test\.ts)`: (.+)$/.exec(one) ?? assert.fail(`not a file and a title: ${one}`);
        return { file: file!, title: title! };
      });
      rows.push({ attack, outcome, tests: named });
    }
  }
  return rows;
}

/** The titles in a file: the first argument of each call of `test` or `t.test`, split at its filled-in parts. */
function titlesIn(source: string): string[][] {
  const titles: string[][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(t\.)?test$/.test(node.expression.getText())) {
      const [title] = node.arguments;
      if (title && ts.isStringLiteralLike(title)) titles.push([title.text]);
      if (title && ts.isTemplateExpression(title)) {
        titles.push([title.head.text, ...title.templateSpans.map(({ literal }) => literal.text)]);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true));
  return titles;
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether a title of the table matches these parts. A filled-in part must occur in the source, or be `…`. */
function matches(title: string, parts: string[], source: string): boolean {
  const filled = new RegExp(`^${parts.map(escaped).join('(.+)')}$`, 's').exec(title)?.slice(1);
  return filled?.every((part) => part === '…' || source.includes(part)) ?? false;
}

/** Describes each test of the rows that does not exist. */
function faultsOf(rows: Row[]): string[] {
  return rows.flatMap(({ tests }) =>
    tests.flatMap(({ file, title }) => {
      if (!existsSync(join(ROOT, file))) return [`${file} does not exist`];
      const source = read(file);
      const found = titlesIn(source).some((parts) => matches(title, parts, source));
      return found ? [] : [`${file} has no test "${title}"`];
    }),
  );
}

test('each test that SECURITY.md names is in the file that it names', () => {
  assert.deepEqual(faultsOf(rowsOf(security)), []);
});

test(`the tables of SECURITY.md have at least ${LEAST_ROWS} attacks, each once`, () => {
  const attacks = rowsOf(security).map(({ attack }) => attack);
  assert.ok(attacks.length >= LEAST_ROWS, String(attacks.length));
  assert.deepEqual(attacks.toSorted(), [...new Set(attacks)].toSorted());
});

test('a test that is missing, renamed or filled in differently is reported', () => {
  const row = (file: string, title: string) =>
    rowsOf(`| attack | what happens | test |\n| a | b | \`${file}\`: ${title} |`);
  const own = 'tests/security.test.ts';
  assert.deepEqual(faultsOf(row(own, 'each test that SECURITY.md names is in the file that it names')), []);
  assert.deepEqual(faultsOf(row(own, 'the tables of SECURITY.md have at least … attacks, each once')), []);
  const [prefix, filled] = [
    'each test that SECURITY.md names',
    `the tables of SECURITY.md have at least ${7 * 11} attacks, each once`,
  ];
  assert.deepEqual(faultsOf(row(own, prefix)), [`${own} has no test "${prefix}"`]);
  assert.deepEqual(faultsOf(row(own, filled)), [`${own} has no test "${filled}"`]);
  const absent = own.replace('security', 'nowhere');
  assert.deepEqual(faultsOf(row(absent, prefix)), [`${absent} does not exist`]);
  assert.throws(() => rowsOf('| attack | what happens | test |\n| a | b | some test |'), /not a file and a title/);
});
