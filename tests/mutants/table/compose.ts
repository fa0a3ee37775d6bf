// Mutants of docker-compose.yml and the Dockerfiles: a container that may do more, starts too early, is not checked or is
// killed too soon. Noticed without Docker.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are sources
import { mutants, type Planted } from '../mutant.ts';

const FILE = 'docker-compose.yml';
const one = (id: string, find: string, by: string, more: Partial<Planted> = {}): Planted => ({
  id: `compose-${id}`,
  file: FILE,
  find,
  by,
  ...more,
});
const image = (name: string, id: string, find: string, by: string): Planted => ({
  id: `image-${name}-${id}`,
  file: `${name}/Dockerfile`,
  find,
  by,
});

export const COMPOSE = mutants(
  'compose',
  ['tests/compose_promises.test.ts', 'tests/compose.test.ts'],
  [
    one('writable', '  read_only: true\n', ''),
    one('capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]'),
    one('new-privileges', "  security_opt: ['no-new-privileges:true']\n", ''),
    one('no-restart', 'restart: unless-stopped', "restart: 'no'"),
    one('pids-unbounded', 'pids_limit: 256', 'pids_limit: -1'),
    one('database-on-front', 'networks: [back]\n', 'networks: [front, back]\n'),
    one('chat-on-back', 'networks: [front]\n', 'networks: [front, back]\n'),
    one('back-reaches-out', 'back: { internal: true }', 'back: {}'),
    one(
      'website-published',
      '    networks: [front, back]\n',
      "    networks: [front, back]\n    ports: ['8081:8081']\n",
    ),
    one('redis-on-front', 'network_mode: none', 'networks: [front]'),
    one('redis-as-root', "user: '999:999'", "user: '0:0'"),
    one('redis-persists', '--appendonly no', '--appendonly yes'),
    one('redis-by-tcp', '--port 0', '--port 6379'),
    one('redis-all-commands', '-@all +@pubsub +@connection -@dangerous', '+@all'),
    one('redis-always', '    profiles: [replicas]\n', ''),
    one('chat-writes-broker', "volumes: ['broker:/run/broker:ro']", "volumes: ['broker:/run/broker']"),
    one('data-elsewhere', './db/dump/compose:/var/lib/postgresql', './db/dump/embedded:/var/lib/postgresql'),
    one(
      'website-before-database',
      'depends_on: { db: { condition: service_healthy } }',
      'depends_on: { db: { condition: service_started } }',
    ),
    one('nginx-before-chat', 'chat: { condition: service_healthy } }', 'chat: { condition: service_started } }'),
    one(
      'secret-default',
      'INTERNAL_SECRET: &INTERNAL_SECRET "${INTERNAL_SECRET:?',
      'INTERNAL_SECRET: &INTERNAL_SECRET "${INTERNAL_SECRET:-',
    ),
    one(
      'chat-knows-sessions',
      '      INTERNAL_SECRET: *INTERNAL_SECRET\n      TRUSTED_PROXIES: *nginx_address\n',
      '      INTERNAL_SECRET: *INTERNAL_SECRET\n      SESSION_SECRET: *SESSION_SECRET\n      TRUSTED_PROXIES: *nginx_address\n',
    ),
    one(
      'trusts-the-network',
      'TRUSTED_PROXIES: &nginx_address "${FRONT_NETWORK:-10.203.64}.2"',
      'TRUSTED_PROXIES: &nginx_address "${FRONT_NETWORK:-10.203.64}.0/24"',
    ),
    one(
      'proxy-in-front-default',
      'PROXY_IN_FRONT: ${PROXY_IN_FRONT:-255.255.255.255}',
      'PROXY_IN_FRONT: ${PROXY_IN_FRONT:-0.0.0.0/0}',
    ),
    one('addresses-overlap', '.128/25', '.0/24'),
    one('website-killed-early', 'stop_grace_period: 20s', 'stop_grace_period: 5s'),
    one('database-killed-early', 'stop_grace_period: 60s', 'stop_grace_period: 10s'),
    one('redis-unchecked', 'test: [CMD, redis-cli, -s, /run/broker/redis.sock, ping]', 'test: [CMD, "true"]'),
    one('setting-lost', '      DATABASE_WAIT:\n', ''),
    one('port', "ports: ['${PORT:-8080}:8080']", "ports: ['${PORT:-80}:8080']"),
    image('website', 'root', 'USER node\n', ''),
    image('chat', 'root', 'USER node\n', ''),
    image('nginx', 'root', 'USER nginx\n', ''),
    image('chat', 'unchecked', 'process.exit(r.ok ? 0 : 1), () =>', 'process.exit(0), () =>'),
    image('website', 'checked-rarely', '--interval=10s --timeout=5s', '--interval=300s --timeout=5s'),
    image('nginx', 'checks-itself-alone', 'http://127.0.0.1:8080/healthz', 'http://127.0.0.1:8080/'),
    image('db', 'checked-by-socket', '"--host=127.0.0.1", ', ''),
    image('website', 'scripts-run', '--ignore-scripts ', ''),
    image('chat', 'signal', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL'),
    image('chat', 'young-generation', '"--max-semi-space-size=16", ', ''),
    image('db', 'trusts-local', '--auth-local=peer', '--auth-local=trust'),
    image('db', 'locale', '--builtin-locale=C.UTF-8', '--builtin-locale=C'),
    image('db', 'logs-statements', 'log_min_error_statement=panic', 'log_min_error_statement=error'),
    image('db', 'public', 'REVOKE ALL ON DATABASE', 'REVOKE CREATE ON DATABASE'),
    image('db', 'clock', '"timezone=UTC"', '"timezone=Europe/Berlin"'),
  ],
);
