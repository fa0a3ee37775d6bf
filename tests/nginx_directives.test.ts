// nginx.conf as a text: what each directive promises, against the services, the compose file and the contract. What nginx
// does with them is in the tests beside.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: nginx.conf is a template
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS } from '@parlance/specs/problems.ts';
import { parse } from 'yaml';
import { SERVER_OPTIONS } from '../service/client_error.ts';
import { nginxConf } from './nginx_fixture.ts';

interface Directive {
  /** `http > upstream chat`. */
  block: string;
  name: string;
  value: string;
}

/** Every directive with the block that it is in, in order. Strings in quotes stay in one piece. */
function directives(text: string): Directive[] {
  const found: Directive[] = [];
  const blocks: string[] = [];
  let words: string[] = [];
  for (const [token] of text.matchAll(/#[^\n]*|'[^']*'|"[^"]*"|\$\{\w+\}|[;{}]|(?:[^\s;{}'"#$]|\$(?!\{))+/g)) {
    if (token.startsWith('#')) continue;
    const [name = '', ...value] = words;
    if (token === '{') blocks.push(words.join(' '));
    else if (token === '}') blocks.pop();
    else if (token === ';') found.push({ block: blocks.join(' > '), name, value: value.join(' ') });
    else words.push(token);
    if (/^[;{}]$/.test(token)) words = [];
  }
  return found;
}

const all = directives(nginxConf);
const SOCKETS = 'http > server > location ~ ^/ws(/|$)';
const REST = 'http > server > location /';

/** The values of a directive in a block, in order. */
const values = (block: string, name: string) =>
  all.flatMap((one) => (one.block === block && one.name === name ? [one.value] : []));
/** The one value. */
function value(block: string, name: string): string {
  const [only, ...more] = values(block, name);
  assert.ok(only !== undefined && more.length === 0, `${block} has ${name} once`);
  return only;
}
const inMs = (time: string) => Number.parseFloat(time) * (time.endsWith('ms') ? 1 : 1_000);
const ms = (block: string, name: string) => inMs(value(block, name));
const kib = (block: string, name: string) => Number(/^(?:\d+ )?(\d+)k$/.exec(value(block, name))?.[1]);
const source = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
const constant = (file: string, pattern: RegExp) => Number(pattern.exec(source(file))?.[1]?.replaceAll('_', ''));

test('the file is read whole', () => {
  assert.ok(all.length > 90, `${all.length} directives`);
  assert.deepEqual(values('', 'daemon'), ['off']);
});

test('nginx gives up a slow request before the services do, and an idle connection of a client after them', () => {
  assert.ok(ms('http', 'client_header_timeout') < SERVER_OPTIONS.headersTimeout);
  assert.ok(ms('http', 'client_body_timeout') < SERVER_OPTIONS.requestTimeout);
  assert.deepEqual([ms('http', 'client_header_timeout'), ms('http', 'client_body_timeout')], [10_000, 10_000]);
  assert.deepEqual([ms('http', 'send_timeout'), ms('http', 'keepalive_timeout')], [30_000, 65_000]);
});

test('nginx, and not a service, closes the idle connections between them', () => {
  const drain = constant('service/listen.ts', /DRAIN_MS = ([\d_]+)/);
  for (const upstream of ['website', 'chat']) {
    const idle = ms(`http > upstream ${upstream}`, 'keepalive_timeout');
    assert.ok(idle < SERVER_OPTIONS.keepAliveTimeout / 2, 'also when a service stalls for some seconds');
    assert.ok(idle < drain, 'a service that stops waits for longer');
    assert.ok(Number(value(`http > upstream ${upstream}`, 'keepalive')) >= 16);
  }
  assert.equal(value('http', 'proxy_http_version'), '1.1');
});

test('a replica is looked up again within 2 s, and is never taken out for failures', () => {
  assert.equal(value('http', 'resolver'), '${RESOLVER} valid=2s ipv6=off');
  assert.equal(ms('http', 'resolver_timeout'), 2_000);
  assert.equal(value('http > upstream website', 'server'), '${WEBSITE} max_fails=0');
  assert.equal(value('http > upstream chat', 'server'), '${CHAT} max_fails=0');
  for (const upstream of ['website', 'chat']) assert.match(value(`http > upstream ${upstream}`, 'zone'), /^\w+ 128k$/);
  assert.deepEqual(
    values('http > upstream chat', 'least_conn'),
    [''],
    'sockets last: the chat with the fewest gets the next',
  );
});

test('a request that may have had its effect is never sent twice', () => {
  assert.equal(value('http', 'proxy_next_upstream'), 'error timeout');
  assert.equal(ms('http', 'proxy_next_upstream_timeout'), 5_000);
  assert.equal(ms('http', 'proxy_connect_timeout'), 500);
});

test('nginx waits for an answer for longer than a website needs, and for a silent socket for longer than two rounds of pings', () => {
  const general = constant('website/app/database.ts', /general: \{ statement: [\d_]+, hung: ([\d_]+)/);
  assert.ok(ms('http', 'proxy_read_timeout') > 2 * general, `${general} ms`);
  assert.deepEqual([ms('http', 'proxy_read_timeout'), ms('http', 'proxy_send_timeout')], [30_000, 30_000]);
  const rounds = 2 * (LIMITS.pingSeconds + LIMITS.pongSeconds) * 1_000;
  for (const name of ['proxy_read_timeout', 'proxy_send_timeout']) {
    assert.ok(ms(SOCKETS, name) > rounds && ms(SOCKETS, name) < 2 * rounds, name);
  }
});

test('no body and no answer touches the disk, and frames are not held back', () => {
  assert.equal(kib('http', 'client_body_buffer_size') * 1_024, LIMITS.bodyMax);
  assert.equal(kib('http', 'client_max_body_size') * 1_024, LIMITS.bodyMax);
  assert.equal(value('http', 'proxy_max_temp_file_size'), '0');
  assert.equal(value(SOCKETS, 'proxy_buffering'), 'off');
  assert.equal(value('http', 'tcp_nodelay'), 'on');
  assert.equal(value(SOCKETS, 'proxy_socket_keepalive'), 'on');
  assert.deepEqual(
    ['proxy_buffer_size', 'proxy_buffers', 'proxy_busy_buffers_size'].map((name) => value(SOCKETS, name)),
    ['2k', '4 2k', '4k'],
  );
});

test('the header of a request may be as large as the problem says', () => {
  const [, lines = '', each = ''] = /^(\d+) (\d+)k$/.exec(value('http', 'large_client_header_buffers')) ?? [];
  assert.ok(Number(each) * 1_024 <= SERVER_OPTIONS.maxHeaderSize, 'a service reads what nginx let through');
  const problem = all.find(({ block, name }) => block.includes('$problem') && name === '431')!;
  assert.ok(problem.value.includes(`more than ${each} KiB, or all of them more than ${Number(lines) * Number(each)}`));
});

test('nothing is compressed, nothing names the software, and a client that is gone costs nothing', () => {
  assert.equal(value('http', 'gzip'), 'off');
  assert.equal(value('http', 'server_tokens'), 'off');
  assert.equal(value('http', 'reset_timedout_connection'), 'on');
  assert.equal(value('', 'error_log'), 'stderr crit', 'lines below quote the query of a request');
  assert.equal(value('http', 'access_log'), '/dev/stdout requests if=$logged');
});

test('the proxy in front is believed about the address alone', () => {
  assert.equal(value('http', 'set_real_ip_from'), '${PROXY_IN_FRONT}');
  assert.equal(value('http', 'real_ip_header'), 'X-Forwarded-For');
  assert.deepEqual(values('http', 'real_ip_recursive'), []);
  assert.deepEqual(values('http', 'proxy_set_header').toSorted(), [
    ...['Connection $told_connection', "Forwarded ''", 'Host $told_host', 'Upgrade $told_upgrade'],
    ...['X-Forwarded-For $remote_addr', "X-Forwarded-Host ''", "X-Forwarded-Port ''", 'X-Forwarded-Proto $scheme'],
    'X-Request-Id $request_id',
  ]);
});

test('every request of the two locations is counted by address and by network, without a wait', () => {
  for (const block of [REST, SOCKETS]) {
    assert.deepEqual(
      values(block, 'limit_req').map((text) => text.replace(/burst=\d+/, 'burst')),
      ['zone=requests burst nodelay', 'zone=network_requests burst nodelay'],
      block,
    );
  }
  assert.deepEqual([value('http', 'limit_req_status'), value('http', 'limit_conn_status')], ['429', '429']);
  const zones = [...values('http', 'limit_req_zone'), ...values('http', 'limit_conn_zone')];
  assert.deepEqual(
    zones.map((zone) => zone.replace(/ rate=.*/, '')).toSorted(),
    ['requests', 'connections', 'sockets']
      .flatMap((name) => [`$client zone=${name}:16m`, `$client_network zone=network_${name}:16m`])
      .toSorted(),
  );
});

test('what nginx says itself is a problem of the contract, in its words', () => {
  const said = all.filter(({ block }) => block === 'http > map $status $problem');
  assert.ok(said.length >= 9);
  for (const { name, value: text } of said) {
    const problem = JSON.parse(`{${text.slice(1, -1)}}`);
    const { status, title } = PROBLEMS[problem.code as keyof typeof PROBLEMS];
    assert.deepEqual([problem.title, problem.status], [title, status]);
    if (name !== 'default') assert.equal(name, String(status));
  }
  const stated = said.flatMap(({ name }) => (name === 'default' ? [] : [name]));
  const handled = values('http > server', 'error_page').flatMap((text) => text.match(/\b\d{3}\b/g) ?? []);
  for (const status of stated) assert.ok(handled.includes(status), status);
  assert.deepEqual(
    all.flatMap(({ block, value: text }) => (block === 'http > map $status $retry_after' ? [text] : [])),
    ["''", '1'],
  );
  const page = 'http > server > location = /.problem';
  assert.equal(value(page, 'default_type'), 'application/problem+json');
  assert.deepEqual(values(page, 'internal'), ['']);
});

test('what is internal is not found, and a socket is counted against more than chat allows', () => {
  const internal = all.find(({ block, name }) => /internal\|metrics\|readyz/.test(block) && name === 'return');
  assert.equal(internal?.block, 'http > server > location ~* ^/(internal|metrics|readyz)(/|$)');
  assert.equal(internal?.value, '404');
  assert.equal(values(SOCKETS, 'limit_conn').length, 2);
});

test('workers have files for all their connections, and end before compose kills them', () => {
  assert.ok(Number(value('', 'worker_rlimit_nofile')) > Number(value('events', 'worker_connections')));
  assert.equal(value('events', 'worker_connections'), '16000');
  const { services } = parse(source('docker-compose.yml'), { merge: true });
  assert.ok(ms('', 'worker_shutdown_timeout') < inMs(services.nginx.stop_grace_period));
  assert.equal(ms('', 'worker_shutdown_timeout'), 5_000);
});
