// Generates files for the documentation at /docs: the specs as YAML, and the reference of frames by the AsyncAPI tools,
// whose CLI is installed only if the frames changed. Adds nothing to the specs.
// `node specs/tooling/generate/docs.ts` writes; `--check` fails and names each file that is out of date.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { installCli } from '../gates/asyncapi.ts';
import { bundle } from './bundle.ts';
import { framesAlone, trimmed, writtenByAsyncApi } from './docs_socket.ts';
import type { JsonObject } from './json.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const target = fileURLToPath(new URL('../../../website/app/docs/generated', import.meta.url));
const SOCKET = 'socket.md';

/** The files that need no CLI, name to text. */
function cheapFiles(): Map<string, string> {
  // As YAML 1.1, which many tools still read, so that text that it would read as a time or a boolean is quoted.
  const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  const yaml = (name: string) =>
    `# generated, do not edit: npm run generate\n${stringify(bundle(specs, name), options)}`;
  return new Map([
    ['openapi.yaml', yaml('openapi.yaml')],
    ['asyncapi.yaml', yaml('asyncapi.yaml')],
  ]);
}

/** The first line of socket.md: a hash of its sources and a hash of its text. */
function seal(body: string): string {
  const from = sha256(JSON.stringify(framesAlone(asyncapi())), templateVersion(), readFileSync(ownSource(), 'utf8'));
  return `<!-- generated, do not edit: npm run generate (${from} ${sha256(body)}) -->`;
}

/** The names of the files in `folder` that are out of date: changed, missing or left over. Needs no CLI. */
export function staleDocs(folder: string = target): string[] {
  const files = cheapFiles();
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const read = (name: string) => (present.includes(name) ? readFileSync(join(folder, name), 'utf8') : '');
  const differ = [...files].filter(([name, text]) => read(name) !== text).map(([name]) => name);
  const [sealed, body] = read(SOCKET).split(/\n(.*)/s, 2);
  if (body === undefined || sealed !== seal(body)) differ.push(SOCKET);
  return [...differ, ...present.filter((name) => name !== SOCKET && !files.has(name))];
}

function write(): void {
  const stale = staleDocs();
  const files = cheapFiles();
  mkdirSync(target, { recursive: true });
  for (const name of stale) {
    if (name === SOCKET) {
      installCli();
      const body = `\n${trimmed(writtenByAsyncApi(framesAlone(asyncapi())), asyncapi())}\n`;
      writeFileSync(join(target, name), `${seal(body)}\n${body}`);
    } else if (files.has(name)) writeFileSync(join(target, name), files.get(name)!);
    else rmSync(join(target, name));
  }
}

const asyncapi = (): JsonObject => bundle(specs, 'asyncapi.yaml');

const ownSource = () => fileURLToPath(new URL('docs_socket.ts', import.meta.url));

function templateVersion(): string {
  const { packages } = JSON.parse(readFileSync(join(specs, 'tooling/asyncapi-cli/package-lock.json'), 'utf8'));
  return JSON.stringify(packages['node_modules/@asyncapi/markdown-template']);
}

function sha256(...texts: string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest('hex').slice(0, 32);
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    for (const name of staleDocs()) {
      console.error(`website/app/docs/generated/${name} is out of date: npm run generate`);
      process.exitCode = 1;
    }
  } else write();
}
