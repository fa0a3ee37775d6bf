// docker-compose.yml and the Dockerfiles, read as text: isolation of the services, ports, health checks, what reaches an image.
// Starts no container and does not need Docker; containers.test.ts tries the same with running containers.
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
  user?: string;
  privileged?: boolean;
  ports?: string[];
  networks?: string[] | Record<string, unknown>;
  network_mode?: string;
  environment?: Record<string, string | null>;
  cap_add?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: Record<string, unknown>;
  volumes?: string[];
  [key: string]: unknown;
}
const compose = parse(textOf('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);
const service = (name: string) => compose.services[name] ?? assert.fail(name);

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
  const built = services.flatMap(([name, { build }]) => (build ? [[name, build]] : []));
  const expected = IMAGES.map((name) => [name, { context: '.', dockerfile: `${name}/Dockerfile` }]);
  assert.deepEqual(Object.fromEntries(built), Object.fromEntries(expected));
});

test('only nginx publishes a port: the one that its image exposes', () => {
  const published = services.filter(([, { ports }]) => ports).map(([name, { ports }]) => [name, ports]);
  assert.deepEqual(published, [['nginx', [`\${PORT:-8080}:${all('nginx', 'EXPOSE')}`]]]);
});

test('each service has a read-only file system, no capabilities and no way to new privileges', () => {
  assert.equal(services.length, 5);
  for (const [name, one] of services) {
    assert.equal(one.read_only, true, name);
    assert.deepEqual(one.cap_drop, ['ALL'], name);
    assert.deepEqual(one.security_opt, ['no-new-privileges:true'], name);
    assert.ok(!one.privileged, name);
    for (const limit of ['pids_limit', 'mem_limit', 'stop_grace_period', 'restart', 'logging'])
      assert.ok(one[limit], `${name}: ${limit}`);
    // The entry script of PostgreSQL starts as root and changes the owner of its data.
    assert.deepEqual(one.cap_add, name === 'db' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] : undefined);
    for (const forbidden of ['devices', 'pid', 'ipc', 'userns_mode', 'extra_hosts', 'env_file'])
      assert.ok(!(forbidden in one), `${name}: ${forbidden}`);
    for (const volume of one.volumes ?? []) assert.match(volume, /^(broker:|\.\/db\/dump\/compose:)/, name);
  }
});

test('no service runs as root, except the entry script of PostgreSQL', () => {
  assert.deepEqual(all('website', 'USER'), ['node']);
  assert.deepEqual(all('chat', 'USER'), ['node']);
  assert.deepEqual(all('nginx', 'USER'), ['nginx']);
  assert.equal(service('redis').user, '999:999');
  for (const name of IMAGES) assert.equal(service(name).user, undefined, `${name}: the image states the user`);
});

test('only the website reaches the database, and Redis reaches nothing', () => {
  const networks = Object.fromEntries(
    services.map(([name, { networks: of = [] }]) => [name, (Array.isArray(of) ? of : Object.keys(of)).sort()]),
  );
  const front = ['front'];
  assert.deepEqual(networks, { chat: front, db: ['back'], nginx: front, redis: [], website: ['back', 'front'] });
  assert.equal(compose.networks.back?.internal, true);
  for (const [name, { network_mode }] of services) assert.equal(network_mode, name === 'redis' ? 'none' : undefined);
  for (const name of ['nginx', 'chat', 'redis']) {
    const stated = Object.entries(service(name).environment ?? {});
    assert.deepEqual(
      stated.filter(([key]) => /PASSWORD|DATABASE|SESSION_SECRET/.test(key)),
      [],
      name,
    );
  }
});

test('each service has a health check, and starts after those it needs are healthy', () => {
  for (const name of IMAGES) {
    const [check, ...more] = all(name, 'HEALTHCHECK');
    assert.deepEqual(more, []);
    assert.match(
      check ?? '',
      /^--interval=10s --timeout=5s --start-period=\d+s --start-interval=1s --retries=3 +CMD \[/,
      name,
    );
    assert.equal(service(name).healthcheck, undefined, `${name}: the image states the check`);
  }
  const { test: redis, ...rhythm } = service('redis').healthcheck ?? {};
  assert.deepEqual((redis as string[]).slice(0, 2), ['CMD', 'redis-cli']);
  assert.deepEqual(rhythm, { interval: '10s', timeout: '5s', start_period: '30s', start_interval: '1s', retries: 3 });
  const needs = services.map(([name, { depends_on = {} }]) => [name, Object.keys(depends_on)]);
  assert.deepEqual(Object.fromEntries(needs), {
    db: [],
    website: ['db'],
    chat: ['website'],
    redis: [],
    nginx: ['website', 'chat'],
  });
  for (const [, { depends_on = {} }] of services)
    for (const { condition } of Object.values(depends_on)) assert.equal(condition, 'service_healthy');
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
  assert.equal(new URL(service('chat').environment!.WEBSITE_URL!).port, variables('website').INTERNAL_PORT);
  assert.equal(variables('nginx').LISTEN, all('nginx', 'EXPOSE')[0]);
});

test('no image contains a secret', () => {
  for (const name of IMAGES) {
    const text = textOf(`${name}/Dockerfile`);
    assert.deepEqual(text.match(/^\s*ARG\b.*/gm), null, `${name}: an argument is readable in the image`);
    for (const key of Object.keys(variables(name))) assert.doesNotMatch(key, /SECRET|PASSWORD|TOKEN|KEY/, name);
  }
});

test('every secret comes from .env, and compose stops without it', () => {
  for (const [name, { environment = {} }] of services)
    for (const [key, value] of Object.entries(environment))
      if (/(SECRET|PASSWORD)$/.test(key))
        assert.match(value ?? '', new RegExp(`^\\$\\{${key}:\\?is not set\\.`), `${name} ${key}`);
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
