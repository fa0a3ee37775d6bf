// The npm package as its users get it: built, packed, installed into an empty project, used without TypeScript.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const { resolve } = createRequire(import.meta.url);
const here = dirname(import.meta.dirname);
let folder: string;
let project: string;
let contents: { path: string }[];

/** Packs a folder into `folder`; returns the tarball's name and contents. Uses no registry. */
async function pack(source: string): Promise<{ filename: string; files: { path: string }[] }> {
  const { stdout } = await exec('npm', ['pack', source, '--json', '--ignore-scripts', '--pack-destination', folder]);
  return JSON.parse(stdout)[0];
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-client-'));
  project = join(folder, 'project');
  await mkdir(project);
  await exec(process.execPath, [join(here, 'build.ts'), join(folder, 'built')]);
  const client = await pack(join(folder, 'built'));
  contents = client.files;
  // Its dependencies are packed from here too, so that the test needs no network.
  const fetchClient = resolve('openapi-fetch');
  const helpers = createRequire(fetchClient).resolve('openapi-typescript-helpers/package.json');
  const others = [await pack(join(dirname(fetchClient), '..')), await pack(dirname(helpers))];
  const tarballs = [client, ...others].map(({ filename }) => join(folder, filename));
  await writeFile(join(project, 'package.json'), '{"type":"module","private":true}');
  await exec('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project });
});
after(() => rm(folder, { recursive: true, force: true }));

test('the package contains JavaScript, types and a manifest that names them, and no TypeScript source or test', async () => {
  const paths = contents.map(({ path }) => path);
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'client/index.js',
    'client/index.d.ts',
    'generated/http.d.ts',
  ])
    assert.ok(paths.includes(path), `${path} is missing`);
  assert.deepEqual(
    paths.filter((path) => !/(\.js|\.d\.ts|^package\.json|^README\.md|^LICENSE)$/.test(path)),
    [],
  );
  const manifest = JSON.parse(await readFile(join(project, 'node_modules/@parlance/client/package.json'), 'utf8'));
  assert.deepEqual(Object.keys(manifest.dependencies), ['openapi-fetch']);
  assert.deepEqual([manifest.private, manifest.scripts, manifest.sideEffects], [undefined, undefined, false]);
});

test('plain Node runs a program that uses the package', async () => {
  await writeFile(
    join(project, 'program.js'),
    `import { ConnectionError, createClient, newMessageId, PROBLEMS } from '@parlance/client';
const client = createClient({ baseUrl: 'http://127.0.0.1:9', accessToken: 'a.b.c' });
const failure = await client.getHealth().catch((error) => error);
const room = client.joinRoom('Tea room');
const waiting = new Promise((resolve) => room.on('state', ({ state, cause }) => state === 'waiting' && resolve(cause)));
room.send('nobody waits for this one');
const cause = await waiting;
room.close();
console.log(JSON.stringify([failure instanceof ConnectionError, cause, newMessageId().length, PROBLEMS.room_not_found.retry]));
`,
  );
  const { stdout } = await exec(process.execPath, ['--no-experimental-strip-types', 'program.js'], { cwd: project });
  assert.deepEqual(JSON.parse(stdout), [true, 'no_answer', 36, 'never']);
});

test('strict TypeScript accepts its types, in Node and in a bundler, and reports an error', async () => {
  const good = `import { applyEvent, createClient, isRoomEvent, type MessageCreated, type RoomEvents, type Timeline } from '@parlance/client';
const client = createClient({ baseUrl: 'http://localhost:8080' });
const room = client.joinRoom('Tea room', { signal: AbortSignal.timeout(1000) });
room.on('message', ({ content = '', seq }: MessageCreated) => console.log(content.length + seq));
let timeline: Timeline = [];
room.on('event', (event) => {
  timeline = applyEvent(timeline, event);
  if (isRoomEvent(event) && event.type === 'reaction.added') console.log(event.emoji.length);
});
export const closed = new Promise<RoomEvents['closed']>((resolve) => room.on('closed', resolve));
export const stored: Promise<MessageCreated> = room.send('tea').stored;
export const names: Promise<string[]> = client.listRooms({ limit: 5 }).then(({ rooms }) => rooms.map(({ name }) => name));
`;
  const bad = `import { createClient } from '@parlance/client';
createClient().joinRoom('Tea room').on('massage', () => {});
`;
  await Promise.all([writeFile(join(project, 'good.ts'), good), writeFile(join(project, 'bad.ts'), bad)]);
  const tsc = (file: string, ...how: string[]) =>
    exec(
      process.execPath,
      [resolve('typescript/bin/tsc'), '--noEmit', '--strict', '--target', 'es2022', ...how, file],
      { cwd: project },
    );
  const node = ['--module', 'nodenext'];
  await Promise.all([tsc('good.ts', ...node), tsc('good.ts', '--module', 'esnext', '--moduleResolution', 'bundler')]);
  await assert.rejects(tsc('bad.ts', ...node), ({ stdout }) => /bad\.ts.*'"massage"'/.test(stdout));
});

test('a page that uses only newMessageId bundles nothing else', async () => {
  const { build } = await import('esbuild');
  const bundle = async (code: string) => {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    return outputFiles[0]?.contents.length ?? 0;
  };
  const ids = await bundle(`import { newMessageId } from '@parlance/client'; console.log(newMessageId());`);
  const all = await bundle(`import { createClient } from '@parlance/client'; console.log(createClient());`);
  assert.ok(ids < 600, `${ids} bytes`);
  assert.ok(all > 10_000 && all < 40_000, `the whole client is ${all} bytes`);
});

test('the source folder cannot be packed', async () => {
  await assert.rejects(exec('npm', ['pack', here, '--dry-run']), ({ stderr }) =>
    /npm run build -w @parlance\/client/.test(stderr),
  );
});
