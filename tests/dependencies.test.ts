// `npm ci` installs for `npm start` the packages that the running code imports, and none that only tests and checks need.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const manifest = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const { workspaces, devDependencies } = manifest('.');

/** The packages that the code of a folder imports at run time; type-only imports do not count. */
function imported(folder: string): Set<string> {
  const files = globSync('**/*.{ts,js}', {
    cwd: join(root, folder),
    exclude: ['**/node_modules/**', '**/tests/**', '**/dump/**', '**/dist/**'],
  }).filter((file) => !file.endsWith('.d.ts'));
  const names = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(root, folder, file), 'utf8').replaceAll(/^(import|export) type [^;]*;/gm, '');
    for (const [, , name] of text.matchAll(
      /(\bfrom |\bimport\(|\bimport |resolve\(|: )'((?:@[\w.-]+\/)?[a-z][\w.-]*)/g,
    )) {
      names.add(name!);
    }
  }
  return names;
}

test('running code imports every dependency of its workspace and no development dependency', () => {
  for (const folder of workspaces as string[]) {
    if (folder === 'specs') continue; // the generator is a check; its output imports nothing
    const { dependencies = {} } = manifest(folder);
    const names = imported(folder);
    assert.ok(names.size > 0, `the premise: ${folder} imports something`);
    const unused = Object.keys(dependencies).filter((name) => !names.has(name));
    assert.deepEqual(unused, [], `${folder} does not import them`);
    const onlyForChecks = [...names].filter((name) => name in devDependencies && !(name in dependencies));
    const allowed = folder === 'specs/client' ? ['typescript'] : []; // build.ts builds the published package
    assert.deepEqual(
      onlyForChecks.filter((name) => !allowed.includes(name)),
      [],
      folder,
    );
  }
});

test('npm ci installs no development dependency', () => {
  assert.match(readFileSync(join(root, '.npmrc'), 'utf8'), /^omit=dev$/m);
  assert.deepEqual(Object.keys(manifest('.').dependencies), ['node']);
});
