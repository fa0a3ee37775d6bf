// README.md and OPERATING.md match the code: the table of settings has what the services read, and the commands exist.
// `UPDATE=1 npm test tests/readme.test.ts` writes the table.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { settingsTable } from '@parlance/service/settings.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';
import { START_SETTINGS } from '../start.ts';
import { backUpLine } from './operating.ts';

const textOf = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const readme = textOf('README.md');
const operating = textOf('OPERATING.md');

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
            .map((row) => `${row.default || (name === 'DATABASE_URL' ? 'embedded' : 'generated')} (${row.reader})`)
            .join(', ');
    const readBy = of.map(({ reader }) => reader).join(', ');
    return `| \`${name}\` | ${shown} | ${first!.unit} | ${first!.description} | ${readBy} |`;
  });
  return ['| variable | default | unit | what it is | read by |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

test('the table of settings has the settings that the services read', () => {
  const written = operating.replace(
    /(<!-- settings -->\n)[\s\S]*(<!-- \/settings -->)/,
    (_, a, b) => `${a}${table()}\n${b}`,
  );
  if (process.env.UPDATE) writeFileSync(new URL('../OPERATING.md', import.meta.url), written);
  else assert.equal(operating, written);
});

test('the backup command creates one new file outside the checkout, which only its owner can read', (t) => {
  const { checkout, home, backUp } = machine(t, 'echo "called: $*"');
  assert.equal(backUp(), 0);
  assert.deepEqual(readdirSync(checkout), [], 'no file that a commit or an image could include');
  const files = readdirSync(home);
  assert.equal(files.length, 1);
  const [file] = files as [string];
  assert.match(file, /^parlance-\d{8}-\d{6}\.backup$/);
  assert.equal(statSync(join(home, file)).mode & 0o777, 0o600);
  const said = readFileSync(join(home, file), 'utf8');
  assert.equal(said, 'called: compose run --rm -T --no-deps website node website/app/backup.ts -\n');
});

test('the backup command fails when the backup fails, and leaves no file that looks like a backup', (t) => {
  const { home, backUp } = machine(t, 'echo "half a backup"; exit 1');
  assert.notEqual(backUp(), 0);
  assert.deepEqual(
    readdirSync(home).filter((name) => name.endsWith('.backup')),
    [],
  );
});

/** Folders for a run of the backup command, with a shell script that runs `what` in place of `docker`. */
function machine(t: TestContext, what: string) {
  const line = backUpLine(operating);
  const place = mkdtempSync(join(tmpdir(), 'parlance-readme-'));
  t.after(() => rmSync(place, { recursive: true }));
  const [bin, home, checkout] = [join(place, 'bin'), join(place, 'home of ann'), join(place, 'checkout')];
  for (const folder of [bin, home, checkout]) mkdirSync(folder);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${what}\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: home };
  return { home, checkout, backUp: () => spawnSync('sh', ['-c', `umask 022; ${line}`], { cwd: checkout, env }).status };
}

test('README.md and OPERATING.md create .env with the same commands', () => {
  const [lines] =
    /^\(umask.+\.env\)\ndocker compose up .+$/m.exec(readme) ?? assert.fail('README.md has no such lines');
  assert.ok(operating.includes(lines));
});

test('every npm command in README.md and OPERATING.md exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const named = Array.from(
    (readme + operating).matchAll(/npm (?:run (?:-s )?)?(start|test|(?<=run (?:-s )?)[a-z][a-z-]*)\b/g),
    ([, name]) => name!,
  );
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(name in scripts, name);
});
