// Keeps the contract as it is published now under releases/<version>/: what the breaking-change gate compares with.
// `node specs/tooling/release.ts`; with `--again` it replaces a release of this version, which only one that nobody saw may be.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusals } from './gates/breaking.ts';
import { TABLES } from './gates/tables.ts';
import { stale } from './generate/main.ts';

const documents = ['generated/openapi.json', 'generated/asyncapi.json'];

/**
 * Writes the release of the contract in `dir` and answers its version.
 * @throws Error when it must not be released: one sentence a line.
 */
export async function release(dir: string, again = false): Promise<string> {
  const [version, ...others] = documents.map(
    (path): string => JSON.parse(readFileSync(join(dir, path), 'utf8')).info.version,
  );
  const changelog = readFileSync(join(dir, 'CHANGELOG.md'), 'utf8');
  const folder = join(dir, 'releases', version!);
  const faults = [
    ...(await stale(dir)).map((name) => `specs/generated/${name} is not what the sources make: npm run generate`),
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
    console.log(`specs/releases/${version} is the contract as it is now.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
