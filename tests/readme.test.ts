// The documents for operators and contributors match the code: the table of settings has what the services read; commands,
// settings, files, headings and constants that the documents name exist.
// `UPDATE=1 npm test tests/readme.test.ts` writes the table.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { settingsTable } from '@parlance/service/settings.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';
import { START_SETTINGS } from '../start.ts';
import { backUpLine } from './operating.ts';

const ROOT = join(import.meta.dirname, '..');
const textOf = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const readme = textOf('README.md');
const operating = textOf('OPERATING.md');
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'OPERATING.md', 'SECURITY.md', 'db/README.md'];

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

test('every npm command that a document names exists', () => {
  const { scripts } = JSON.parse(textOf('package.json'));
  const named = DOCUMENTS.map(textOf)
    .join('\n')
    .matchAll(/npm (?:run (?:-s )?([a-z][a-z-]*)|(start|test))\b/g);
  const names = Array.from(named, ([, script, short]) => script ?? short!);
  assert.ok(names.length > 20);
  for (const name of names) assert.ok(name in scripts, name);
});

/** The anchors that a Markdown document has, as GitHub makes them from the headings. */
const anchors = (text: string) =>
  Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The links of a document to files of the repository, as the path from the root and the fragment. */
function linksOf(name: string, text = textOf(name)): { path: string; fragment: string }[] {
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!).filter(
    (link) => !/^\w+:/.test(link),
  );
  return links.map((link) => {
    const [file = '', fragment = ''] = link.split('#');
    return { path: file === '' ? name : join(dirname(name), file), fragment };
  });
}

test('every link between the documents leads to a file and a heading that exist', () => {
  for (const name of DOCUMENTS) {
    for (const { path, fragment } of linksOf(name)) {
      assert.ok(existsSync(join(ROOT, path)), `${name}: ${path}`);
      if (fragment) assert.ok(anchors(textOf(path)).includes(fragment), `${name}: ${path}#${fragment}`);
    }
  }
  assert.ok(DOCUMENTS.flatMap((name) => linksOf(name)).length > 50);
});

test('each constant that ARCHITECTURE.md names is in a file that its paragraph, or its bullet or the introduction of the list, links', () => {
  const blocks = textOf('ARCHITECTURE.md').split(/\n\n|\n(?=- |\d+\. )/);
  let constants = 0;
  blocks.forEach((block, at) => {
    // A list can follow the sentence that links its file.
    const intro = blocks.slice(0, at + 1).findLast((one) => !/^(- |\d+\. )/.test(one)) ?? '';
    const files = linksOf('ARCHITECTURE.md', intro + block).filter(({ path }) => path.endsWith('.ts'));
    for (const [, constant] of block.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)) {
      if (['NOTIFY', 'SPUBLISH'].includes(constant!)) continue; // words of PostgreSQL and Redis
      constants += 1;
      // The introduction of the document explains the notation with an example.
      if (block.startsWith('How a message travels')) continue;
      const declared = new RegExp(`\\bconst ${constant}\\b`);
      assert.ok(
        files.some(({ path }) => declared.test(textOf(path))),
        `${constant} in: ${block.slice(0, 60)}`,
      );
    }
  });
  assert.ok(constants >= 6);
});

test('every folder and file that CONTRIBUTING.md, README.md and ARCHITECTURE.md name exists', () => {
  // The examples of CONTRIBUTING.md add these.
  const added = ['specs/schemas/Member.yaml', 'specs/schemas/TopicChanged.yaml', 'website/app/services/members.ts'];
  const roots = readdirSync(ROOT);
  for (const name of ['CONTRIBUTING.md', 'README.md', 'ARCHITECTURE.md']) {
    const paths = Array.from(textOf(name).matchAll(/`([\w.-]+\/[\w./-]*)`/g), ([, path]) => path!);
    for (const path of paths) {
      // Other paths are relative to a folder that the sentence names, or belong to a document.
      const isOurs = roots.includes(path.split('/')[0]!) || textOf(name).includes(`\n| \`${path}\` |`);
      if (!isOurs || added.includes(path) || /NNN|^db\/dump/.test(path)) continue;
      assert.ok(existsSync(join(ROOT, path)), `${name}: ${path}`);
    }
  }
});

test('each setting that a document names is one that a service, npm start or docker-compose.yml reads', () => {
  const compose = Array.from(textOf('docker-compose.yml').matchAll(/\$\{(\w+)/g), ([, variable]) => variable!);
  const known = new Set([...compose, ...Object.values(readers).flatMap((spec) => Object.keys(spec)), 'SECONDS']);
  for (const name of ['README.md', 'OPERATING.md', 'SECURITY.md', 'CONTRIBUTING.md']) {
    const settings = Array.from(
      textOf(name).matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+|[A-Z]{4,})(?:=[^`]*)?`/g),
      ([, one]) => one!,
    );
    for (const setting of settings) assert.ok(known.has(setting), `${name}: ${setting}`);
  }
});
