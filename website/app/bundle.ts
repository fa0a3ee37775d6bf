// Bundles the scripts and styles of pages, names each file by the hash of its content, and serves them. Bundling runs
// once, when the website starts or its image is built (`node app/bundle.ts <directory>`), never per request.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { Router } from 'express';
import { Representation } from './representation.ts';

const HERE = import.meta.dirname;
const ENTRIES = {
  home: 'browser/home.ts',
  login: 'browser/login.ts',
  register: 'browser/register.ts',
  account: 'browser/account.ts',
  password_reset: 'browser/password_reset.ts',
  rooms: 'browser/rooms.ts',
  room: 'browser/room.ts',
  parlance: 'static/parlance.css',
  icon: 'static/icon.svg',
  favicon: 'static/favicon.ico',
};
const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ico': 'image/x-icon',
};

/** `names`: 'room.js' → 'room-4XK2.js'. `imports`: what a script imports, in hashed names. */
interface Manifest {
  names: Record<string, string>;
  imports: Record<string, string[]>;
}
interface Bundle {
  manifest: Manifest;
  files: Map<string, Uint8Array>;
}

export interface Assets {
  /** Answers `/assets/*` (immutable for a year) and `/favicon.ico`; passes on every other path. */
  router: Router;
  /** The URL path of 'room.js', 'parlance.css' or 'icon.svg'. @throws Error on a name that was not bundled. */
  url(name: string): string;
  /** URL paths of the modules that a script imports, for preloading. */
  preloads(script: string): string[];
}

/**
 * Loads the assets, or bundles them.
 * @param directory the output of `node app/bundle.ts <directory>`; absent: bundles now, in memory (about 0.1 s).
 * @throws Error when a script does not compile, or the directory has no such output.
 */
export async function bundleAssets(directory?: string): Promise<Assets> {
  const { manifest, files } = directory === undefined ? await build() : await read(directory);
  const path = (name: string) => {
    const hashed = manifest.names[name];
    if (!hashed) throw new Error(`there is no asset ${name}`);
    return `/assets/${hashed}`;
  };
  const ready = new Map(
    Array.from(files, ([name, body]) => [name, new Representation(TYPES[extname(name)]!, body)] as const),
  );
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/assets/:file', (request, response, next) => {
    const asset = ready.get(request.params.file);
    if (!asset) return next();
    response.set('Cache-Control', 'public, max-age=31536000, immutable');
    asset.sendTagged(request, response);
  });
  router.get('/favicon.ico', (request, response) => {
    response.set('Cache-Control', 'public, max-age=86400');
    ready.get(manifest.names['favicon.ico']!)!.sendTagged(request, response);
  });
  return {
    router,
    url: path,
    preloads: (script) => (manifest.imports[script] ?? []).map((file) => `/assets/${file}`),
  };
}

async function build(): Promise<Bundle> {
  const { buildSync } = await import('esbuild'); // synchronous: no compiler process remains
  const out = join(HERE, 'assets'); // only a name, nothing is written
  const result = buildSync({
    absWorkingDir: HERE,
    entryPoints: Object.entries(ENTRIES).map(([name, file]) => ({ in: file, out: name })),
    outdir: out,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    charset: 'utf8',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    loader: { '.svg': 'copy', '.ico': 'copy' },
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const manifest: Manifest = { names: {}, imports: {} };
  for (const [file, { imports }] of Object.entries(result.metafile.outputs)) {
    const hashed = basename(file);
    const name = hashed.replace(/-[^-.]+(?=\.\w+$)/, '');
    if (extname(hashed) === '.js' && !(name.slice(0, -3) in ENTRIES)) continue; // a chunk: see `imports`
    manifest.names[name] = hashed;
    const now = imports.filter(({ kind }) => kind === 'import-statement'); // dynamic imports load on demand
    if (now.length > 0) manifest.imports[name] = now.map((one) => basename(one.path));
  }
  return { manifest, files: new Map(result.outputFiles.map((file) => [relative(out, file.path), file.contents])) };
}

async function read(directory: string): Promise<Bundle> {
  const manifest: Manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
  const names = (await readdir(directory)).filter((name) => extname(name) in TYPES);
  const files = await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const));
  return { manifest, files: new Map(files) };
}

if (import.meta.main) {
  const directory = process.argv[2];
  if (!directory) throw new Error('usage: node app/bundle.ts <directory>');
  const { manifest, files } = await build();
  await mkdir(directory, { recursive: true });
  for (const [name, content] of files) await writeFile(join(directory, name), content);
  await writeFile(join(directory, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
