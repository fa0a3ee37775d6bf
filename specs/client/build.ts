// Builds the folder of the npm package: plain JavaScript and types, the generated ones included, and a manifest that
// names them. Never changes the manifest here: inside the repository the client is used as TypeScript.
import { spawnSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const folder = resolve(process.argv[2] ?? join(here, 'dist'));

await rm(folder, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const project = join(here, 'tsconfig.package.json');
const { status } = spawnSync(process.execPath, [tsc, '-p', project, '--outDir', folder], { stdio: 'inherit' });
if (status !== 0) process.exit(1);

const { private: _, scripts, ...manifest } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
manifest.exports = { types: './client/index.d.ts', default: './client/index.js' };
await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
await cp(join(here, 'README.md'), join(folder, 'README.md'));
await cp(join(here, '../../LICENSE'), join(folder, 'LICENSE'));
