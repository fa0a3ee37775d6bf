// The README says what is so: its table of settings is the one the services read, its two commands exist.
// `UPDATE=1 npm test tests/readme.test.ts` writes the table.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('the line that backs up makes one new file, for its owner alone, outside the checkout', (t) => {
  const line = /^\| back up \| `(.+)` \|$/m.exec(readme)?.[1] ?? assert.fail('there is no such line');
  const place = mkdtempSync(join(tmpdir(), 'parlance-readme-'));
  t.after(() => rmSync(place, { recursive: true }));
  const [bin, home, checkout] = ['bin', 'home', 'checkout'].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [bin, home, checkout]) mkdirSync(folder);
  // Stands for Docker, which need not be here: only what the shell does with the output is looked at.
  writeFileSync(join(bin, 'docker'), '#!/bin/sh\necho "dump: $*"\n', { mode: 0o755 });
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: home };
  execFileSync('sh', ['-c', `umask 022; ${line}`], { cwd: checkout, env });
  assert.deepEqual(readdirSync(checkout), [], 'nothing that a commit or an image could take along');
  const files = readdirSync(home);
  assert.equal(files.length, 1);
  const [file] = files.map((name) => join(home, name)) as [string];
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), /^dump: compose exec -T db pg_dump -U postgres parlance$/m);
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
