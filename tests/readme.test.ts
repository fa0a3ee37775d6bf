// The README says what is so: its table of settings is the one the services read, its two commands exist.
// `UPDATE=1 npm test tests/readme.test.ts` writes the table.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { settingsTable } from '@parlance/service/settings.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';
import { START_SETTINGS } from '../start.ts';

const file = new URL('../README.md', import.meta.url);
const readme = readFileSync(file, 'utf8');

const readers = { website: WEBSITE_SETTINGS, chat: CHAT_SETTINGS, 'npm start': START_SETTINGS } as const;

function table(): string {
  const tables = Object.entries(readers).map(([reader, spec]) => ({ reader, rows: settingsTable(spec) }));
  const names = new Set(tables.flatMap(({ rows }) => rows.map(({ name }) => name)));
  const lines = Array.from(names, (name) => {
    const of = tables.flatMap(({ reader, rows }) =>
      rows.filter((row) => row.name === name).map((row) => ({ reader, ...row })),
    );
    const [first] = of;
    const defaults = new Set(of.map((row) => (name === 'DATA' ? 'db/dump/embedded' : row.default)));
    const shown =
      defaults.size === 1
        ? [...defaults][0]
        : of
            .map((row) => `${row.default || (name === 'DATABASE_URL' ? 'embedded' : 'made')} (${row.reader})`)
            .join(', ');
    const readBy = of.map(({ reader }) => reader).join(', ');
    return `| \`${name}\` | ${shown} | ${first!.unit} | ${first!.description} | ${readBy} |`;
  });
  return ['| variable | default | unit | what it is | read by |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

test('the table of settings is the one that the services read', () => {
  const written = readme.replace(
    /(<!-- settings -->\n)[\s\S]*(<!-- \/settings -->)/,
    (_, a, b) => `${a}${table()}\n${b}`,
  );
  if (process.env.UPDATE) writeFileSync(file, written);
  else assert.equal(readme, written);
});

test('every npm command that it names exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const named = Array.from(
    readme.matchAll(/npm (?:run )?(start|test|check|generate|bench|conformance)\b/g),
    ([, name]) => name!,
  );
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(name in scripts, name);
});
