// The Dockerfiles and .dockerignore, read as text: ports, secrets, and what reaches an image. Starts no container and does
// not need Docker. compose_promises.test.ts reads docker-compose.yml; containers.test.ts tries the same in containers.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHAT_SETTINGS } from '@parlance/chat/settings.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  build?: { context: string; dockerfile: string };
  environment?: Record<string, string | null>;
}
const { services } = parse(textOf('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };

interface Instruction {
  word: string;
  rest: string;
}

/** The instructions of the last stage of a Dockerfile, without comments, here-documents and line continuations. */
function lastStage(name: string): Instruction[] {
  const text = textOf(`${name}/Dockerfile`)
    .replace(/^(COPY .*)<<'(\w+)'(.*\n)[\s\S]*?^\2$/gm, '$1$3')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  const instructions = Array.from(text.matchAll(/^([A-Z]+) +(.+)$/gm), ([, word, rest]) => ({
    word: word!,
    rest: rest!.trim(),
  }));
  return instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM'));
}
const all = (name: string, word: string) =>
  lastStage(name).flatMap((found) => (found.word === word ? [found.rest] : []));
const variables = (name: string) =>
  Object.fromEntries(
    all(name, 'ENV').flatMap((rest) =>
      Array.from(rest.matchAll(/(\w+)=("[^"]*"|\S+)/g), ([, key, value]) => [key!, value!]),
    ),
  );

const IMAGES = ['chat', 'db', 'nginx', 'website'];

test('each service that compose builds has a Dockerfile, and each Dockerfile its service', () => {
  const folders = readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, 'Dockerfile')));
  assert.deepEqual(folders.sort(), IMAGES);
  const built = Object.entries(services).flatMap(([name, { build }]) => (build ? [[name, build]] : []));
  const expected = IMAGES.map((name) => [name, { context: '.', dockerfile: `${name}/Dockerfile` }]);
  assert.deepEqual(Object.fromEntries(built), Object.fromEntries(expected));
});

test('the images of the services listen on the ports of the settings, and stop on SIGTERM', () => {
  for (const [name, settings] of Object.entries({ website: WEBSITE_SETTINGS, chat: CHAT_SETTINGS })) {
    const { PORT, INTERNAL_PORT, HOST, NODE_ENV } = variables(name);
    assert.deepEqual(all(name, 'EXPOSE'), [`${PORT} ${INTERNAL_PORT}`]);
    assert.ok('PORT' in settings && 'INTERNAL_PORT' in settings && 'HOST' in settings);
    assert.deepEqual([HOST, NODE_ENV], ['0.0.0.0', 'production']);
    assert.deepEqual(all(name, 'STOPSIGNAL'), ['SIGTERM']);
    const command = JSON.parse(all(name, 'CMD')[0]!) as string[];
    assert.ok(existsSync(join(ROOT, command.at(-1)!)), command.at(-1));
    assert.equal(variables('nginx')[name.toUpperCase()], `"${name}:${PORT} resolve"`);
  }
  assert.equal(new URL(services.chat!.environment!.WEBSITE_URL!).port, variables('website').INTERNAL_PORT);
  assert.equal(variables('nginx').LISTEN, all('nginx', 'EXPOSE')[0]);
});

test('no image contains a secret', () => {
  for (const name of IMAGES) {
    const text = textOf(`${name}/Dockerfile`);
    assert.deepEqual(text.match(/^\s*ARG\b.*/gm), null, `${name}: an argument is readable in the image`);
    for (const key of Object.keys(variables(name))) assert.doesNotMatch(key, /SECRET|PASSWORD|TOKEN|KEY/, name);
  }
});

test('.dockerignore keeps tests, tooling, data and secrets out of every image', () => {
  const lines = textOf('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const formOf = (line: string) => {
    const escaped = line.replace('!', '').replaceAll('.', '\\.');
    return new RegExp(`^${escaped.replace(/\*\*\/|\*/g, (mark) => (mark === '*' ? '[^/]*' : '(.+/)?'))}$`);
  };
  // The last rule that matches a file or one of its folders decides, as in Docker.
  const reaches = (path: string) => {
    const parts = path.split('/');
    const prefixes = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
    const rule = lines.findLast((line) => prefixes.some((prefix) => formOf(line).test(prefix)));
    return rule?.startsWith('!') ?? true;
  };
  const out = [
    '.env',
    'chat/.env.local',
    '.git/config',
    'tests/stack.ts',
    'website/tests/fixture.ts',
    'conformance/main.ts',
  ];
  out.push(
    'specs/tooling/release.ts',
    'specs/tooling/tests/x.test.ts',
    'specs/releases/0.1.0/openapi.json',
    'README.md',
  );
  out.push(
    'db/dump/compose/18/PG_VERSION',
    'db/dump/embedded',
    'node_modules/ws/index.js',
    'specs/client/node_modules/x/y.js',
  );
  out.push('specs/client/dist/index.js', 'website/website.log', 'chat/Dockerfile', 'docker-compose.yml', 'docs/x.json');
  for (const path of out) assert.ok(!reaches(path), path);
  const within = [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'chat/app/main.ts',
    'website/app/main.ts',
    'service/log.ts',
  ];
  within.push('specs/generated/validators.js', 'nginx/nginx.conf', 'db/package.json');
  for (const path of within) assert.ok(reaches(path) && existsSync(join(ROOT, path)), path);
});
