// docker-compose.yml: it passes every setting to the services, and requires .env. Starts no container.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';
import { parse } from 'yaml';
import { dockerIsMissing, envLine, makeProject, SECRETS } from './containers_fixture.ts';

const execute = promisify(execFile);

test('compose passes each service every setting that its image does not fix, and no other', () => {
  const { services } = parse(readFileSync(join(import.meta.dirname, '../docker-compose.yml'), 'utf8'), { merge: true });
  // The images set these themselves.
  const fixed = ['HOST', 'PORT', 'INTERNAL_PORT', 'ASSETS'];
  for (const [name, settings] of Object.entries({ website: WEBSITE_SETTINGS, chat: CHAT_SETTINGS })) {
    const settable = Object.keys(settings).filter((key) => !fixed.includes(key));
    assert.deepEqual(Object.keys(services[name].environment).sort(), settable.sort());
  }
});

test('without .env compose stops and prints the command that creates it', { skip: dockerIsMissing }, async (t) => {
  const project = await makeProject();
  t.after(() => project.remove());
  const env = join(project.folder, '.env');
  const { line } = await envLine(project);
  await execute('sh', ['-c', line], { cwd: project.folder });
  assert.equal(statSync(env).mode & 0o777, 0o600);
  const made = readFileSync(env, 'utf8');
  assert.match(made, new RegExp(`^${SECRETS.map((name) => `${name}=[0-9a-f]{48}\n`).join('')}$`));
  await project.compose('config', '--quiet');

  await assert.rejects(execute('sh', ['-c', line], { cwd: project.folder }), 'it does not replace an existing .env');
  assert.equal(readFileSync(env, 'utf8'), made);
  for (const name of SECRETS) {
    writeFileSync(env, made.replace(new RegExp(`^${name}=.*\n`, 'm'), ''));
    assert.deepEqual(await envLine(project), { missing: name, line });
  }
});
