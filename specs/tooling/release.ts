// Stores the published contract under releases/<version>/, with which the breaking-change gate compares.
// `node specs/tooling/release.ts`; `--again` replaces the release of this version if nobody has used it yet.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusals } from './gates/breaking.ts';
import { TABLES } from './gates/tables.ts';
import { stale } from './generate/main.ts';

const documents = ['generated/openapi.json', 'generated/asyncapi.json'];

/**
 * Writes the release of the contract in `dir` and returns its version.
 * @throws Error if it cannot be released, with one sentence per line.
 */
export async function release(dir: string, again = false): Promise<string> {
  const [version, ...others] = documents.map(
    (path): string => JSON.parse(readFileSync(join(dir, path), 'utf8')).info.version,
  );
  const changelog = readFileSync(join(dir, 'CHANGELOG.md'), 'utf8');
  const folder = join(dir, 'releases', version!);
  const faults = [
    ...(await stale(dir)).map((name) => `specs/generated/${name} is out of date: npm run generate`),
    ...others.filter((other) => other !== version).map((other) => `info.version is ${version} here and ${other} there`),
    ...(changelog.includes(`\n## ${version}`) ? [] : [`specs/CHANGELOG.md has no entry "## ${version}"`]),
    ...(existsSync(folder) && !again ? [`${version} is released: give the contract a new version`] : []),
    ...(again ? [] : refusals(dir)),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  mkdirSync(folder, { recursive: true });
  for (const path of [...documents, ...TABLES]) copyFileSync(join(dir, path), join(folder, basename(path)));
  return version!;
}

if (import.meta.main) {
  try {
    const version = await release(fileURLToPath(new URL('..', import.meta.url)), process.argv.includes('--again'));
    console.log(`The contract is released as specs/releases/${version}.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
