// docker-compose.yml and the Dockerfiles as texts, without Docker: who reaches whom, what a container may do, and how
// it starts, is checked and ends. What the containers really do is in containers.test.ts, which needs an engine.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: compose fills them in
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const source = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

interface Service {
  [key: string]: unknown;
  environment?: Record<string, string | null>;
  networks?: string[] | Record<string, unknown>;
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period: string;
}

const compose = parse(source('docker-compose.yml'), { merge: true });
const services: Record<string, Service> = compose.services;
const OURS = ['db', 'website', 'chat', 'nginx'];
const networksOf = ({ networks = {} }: Service) =>
  (Array.isArray(networks) ? networks : Object.keys(networks)).toSorted();

/** The instructions of the last stage of a Dockerfile, continued lines joined, comments left out. */
function lastStage(file: string): [name: string, argument: string][] {
  const lines = source(file)
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const instructions = lines.flatMap((line): [string, string][] => {
    const [, name, argument] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    return name && argument ? [[name, argument]] : [];
  });
  return instructions.slice(instructions.findLastIndex(([name]) => name === 'FROM'));
}
const instruction = (file: string, wanted: string) =>
  lastStage(file).flatMap(([name, argument]) => (name === wanted ? [argument] : []));
const only = (file: string, wanted: string) => {
  const found = instruction(file, wanted);
  assert.equal(found.length, 1, `${file} has one ${wanted} in its last stage`);
  return found[0]!;
};

test('these services and no others, and one port', () => {
  assert.deepEqual(Object.keys(services).toSorted(), [...OURS, 'redis'].toSorted());
  assert.equal(compose.name, 'parlance');
  const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    (ports as string[]).map((port) => [name, port]),
  );
  assert.deepEqual(published, [['nginx', '${PORT:-8080}:8080']]);
});

test('only the website reaches the database, and Redis has no network at all', () => {
  const reach = Object.fromEntries(Object.entries(services).map(([name, service]) => [name, networksOf(service)]));
  assert.deepEqual(reach, { db: ['back'], website: ['back', 'front'], chat: ['front'], redis: [], nginx: ['front'] });
  assert.equal(services.redis!.network_mode, 'none');
  assert.deepEqual(compose.networks.back, { internal: true });
});

test('the address that the services trust is the one of nginx, and no container gets it by chance', () => {
  const { ipv4_address: nginx } = (services.nginx!.networks as Record<string, { ipv4_address: string }>).front!;
  for (const name of ['website', 'chat']) assert.equal(services[name]!.environment!.TRUSTED_PROXIES, nginx);
  assert.match(nginx, /^\$\{FRONT_NETWORK:-10\.203\.64\}\.2$/);
  const [{ subnet, gateway, ip_range }] = compose.networks.front.ipam.config;
  const prefix = nginx.slice(0, -2);
  assert.deepEqual([subnet, gateway, ip_range], [`${prefix}.0/24`, `${prefix}.1`, `${prefix}.128/25`]);
  assert.equal(services.nginx!.environment!.PROXY_IN_FRONT, '${PROXY_IN_FRONT:-255.255.255.255}', 'nobody unless set');
});

test('no container writes to its image, gets a capability, gains privileges or starts without bounds', () => {
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    assert.equal(service.restart, 'unless-stopped', name);
    assert.deepEqual(service.logging, { driver: 'local' }, name);
    assert.ok(Number(service.pids_limit) > 0 && Number(service.pids_limit) <= 512, name);
    assert.match(String(service.mem_limit), /^\d+[mg]$/, name);
    assert.equal(service.init, name !== 'db', `${name}: PostgreSQL itself is a parent to all that it starts`);
    assert.equal(service.privileged, undefined, name);
    const added = name === 'db' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] : undefined;
    assert.deepEqual(service.cap_add, added, name);
    assert.ok((service.tmpfs as string[]).includes('/tmp'), name);
  }
  assert.deepEqual(Object.fromEntries(Object.entries(services).map(([name, { mem_limit }]) => [name, mem_limit])), {
    db: '1g',
    website: '1g',
    chat: '1g',
    redis: '256m',
    nginx: '512m',
  });
});

test('the data is in db/dump/compose alone, and the socket of Redis is only read by chat', () => {
  const volumes = Object.fromEntries(Object.entries(services).map(([name, { volumes: list = [] }]) => [name, list]));
  assert.deepEqual(volumes, {
    db: ['./db/dump/compose:/var/lib/postgresql'],
    website: [],
    chat: ['broker:/run/broker:ro'],
    redis: ['broker:/run/broker'],
    nginx: [],
  });
  const { o } = compose.volumes.broker.driver_opts;
  for (const option of ['mode=0755', 'uid=999', 'nosuid', 'nodev', 'noexec'])
    assert.ok(o.split(',').includes(option), option);
});

test('each service waits until what it needs is healthy', () => {
  const needs = Object.fromEntries(OURS.map((name) => [name, services[name]!.depends_on ?? {}]));
  const healthy = { condition: 'service_healthy' };
  assert.deepEqual(needs, {
    db: {},
    website: { db: healthy },
    chat: { website: healthy },
    nginx: { website: healthy, chat: healthy },
  });
});

test('a secret is read from .env and never has a default', () => {
  const secrets = ['POSTGRES_PASSWORD', 'APP_DB_PASSWORD', 'INTERNAL_SECRET', 'SESSION_SECRET'];
  assert.deepEqual(Object.keys(compose['x-secrets']), secrets);
  for (const name of secrets) assert.ok(compose['x-secrets'][name].startsWith(`\${${name}:?is not set.`), name);
  const used = (service: string) => secrets.filter((name) => services[service]!.environment?.[name] !== undefined);
  assert.deepEqual(used('db'), ['POSTGRES_PASSWORD', 'APP_DB_PASSWORD']);
  assert.deepEqual(used('website'), ['INTERNAL_SECRET', 'SESSION_SECRET']);
  assert.deepEqual(used('chat'), ['INTERNAL_SECRET']);
  assert.equal(services.website!.environment!.DATABASE_URL, 'postgres://parlance:${APP_DB_PASSWORD}@db:5432/parlance');
  assert.equal(services.chat!.environment!.WEBSITE_URL, 'http://website:8081', 'the internal listener');
  assert.match(source('.dockerignore'), /^\*$[\s\S]*^\*\*\/\.env\*$/m);
});

test('compose waits for longer than a service takes to stop', () => {
  const constant = (file: string, name: string) =>
    Number(new RegExp(`const ${name} = ([\\d_]+)`).exec(source(file))![1]!.replaceAll('_', '')) / 1_000;
  const grace = (name: string) => Number.parseInt(services[name]!.stop_grace_period, 10);
  assert.ok(grace('website') > constant('website/app/main.ts', 'STOP_MS'));
  assert.ok(grace('chat') > 10, 'the deadline of onStop');
  assert.ok(grace('db') >= 60, 'PostgreSQL writes a checkpoint');
  assert.ok(grace('nginx') > 5 && grace('redis') > 5);
});

test('Redis keeps nothing, listens on its socket alone, and lets chat publish and subscribe', () => {
  const { command, image, user, profiles } = services.redis!;
  assert.deepEqual([image, user, profiles], ['redis:8', '999:999', ['replicas']]);
  for (const part of [
    ...['--port 0', '--unixsocket /run/broker/redis.sock', '--save ""', '--appendonly no', '--maxclients 64'],
    '--user default on nopass resetkeys allchannels -@all +@pubsub +@connection -@dangerous',
  ]) {
    assert.ok(String(command).includes(part), part);
  }
  assert.equal(services.chat!.environment!.REDIS_URL, '${REDIS_URL-unix:///run/broker/redis.sock}');
});

test('every container is asked for its health every 10 s, each in its own way', () => {
  const timing = '--interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3';
  const probe =
    /fetch\(`http:\/\/127\.0\.0\.1:\$\{process\.env\.INTERNAL_PORT\}\/readyz`\)\.then\(\(r\) => process\.exit\(r\.ok \? 0 : 1\)/;
  for (const name of ['website', 'chat']) {
    const check = only(`${name}/Dockerfile`, 'HEALTHCHECK');
    assert.ok(check.startsWith(timing), name);
    assert.match(check, probe);
  }
  const nginx = only('nginx/Dockerfile', 'HEALTHCHECK');
  assert.ok(nginx.startsWith(timing) && nginx.endsWith('"http://127.0.0.1:8080/healthz"]') && nginx.includes('--fail'));
  const db = only('db/Dockerfile', 'HEALTHCHECK');
  assert.ok(db.startsWith(timing.replace('60s', '120s')));
  assert.match(db, /pg_isready", "--quiet", "--host=127\.0\.0\.1"/, 'by TCP, which answers only after the first start');
  const { test: redis, interval, timeout, retries } = services.redis!.healthcheck as Record<string, unknown>;
  assert.deepEqual(
    [redis, interval, timeout, retries],
    [['CMD', 'redis-cli', '-s', '/run/broker/redis.sock', 'ping'], '10s', '5s', 3],
  );
});

test('no image runs as root but the one of PostgreSQL, which becomes its own user', () => {
  const users = Object.fromEntries(OURS.map((name) => [name, instruction(`${name}/Dockerfile`, 'USER')]));
  assert.deepEqual(users, { db: [], website: ['node'], chat: ['node'], nginx: ['nginx'] });
});

test('the images are those of the supported versions, and run what they are for', () => {
  const images = Object.fromEntries(OURS.map((name) => [name, only(`${name}/Dockerfile`, 'FROM')]));
  assert.deepEqual(images, { db: 'postgres:18', website: 'node:24-slim', chat: 'node:24-slim', nginx: 'nginx:1.30' });
  for (const name of ['website', 'chat']) {
    const file = `${name}/Dockerfile`;
    assert.match(only(file, 'ENV'), /^NODE_ENV=production .*HOST=0\.0\.0\.0 PORT=8080 INTERNAL_PORT=8081$/);
    assert.equal(only(file, 'EXPOSE'), '8080 8081');
    assert.equal(only(file, 'STOPSIGNAL'), 'SIGTERM');
    assert.equal(only(file, 'CMD'), `["node", "--max-semi-space-size=16", "${name}/app/main.ts"]`);
    assert.match(source(file), /npm ci .*--ignore-scripts/, 'no script of a package runs in a build');
  }
  assert.match(
    only('nginx/Dockerfile', 'ENV'),
    /LISTEN=8080 WEBSITE="website:8080 resolve" CHAT="chat:8080 resolve" RESOLVER=127\.0\.0\.11$/,
  );
});

test('PostgreSQL is made as every database of Parlance, lets nobody in without a password, and logs no text', () => {
  const file = 'db/Dockerfile';
  const locale = '--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8';
  assert.equal(only(file, 'ENV'), `POSTGRES_INITDB_ARGS="${locale} --auth-host=scram-sha-256 --auth-local=peer"`);
  for (const setting of [
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    'timezone=UTC',
    'log_timezone=UTC',
    'max_connections=200',
  ]) {
    assert.ok(only(file, 'CMD').includes(`"${setting}"`), setting);
  }
  const script = source(file);
  assert.match(script, /^REVOKE ALL ON DATABASE parlance, postgres, template1 FROM PUBLIC;$/m);
  assert.match(script, /^CREATE ROLE parlance LOGIN PASSWORD :'password';$/m);
  assert.match(script, /^CREATE DATABASE parlance OWNER parlance;$/m);
});
