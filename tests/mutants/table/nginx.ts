// Mutants of nginx.conf: a directive that is gone or has another value.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are sources
import { mutants, type Planted } from '../mutant.ts';

const FILE = 'nginx/nginx.conf';
const one = (id: string, find: string, by: string, more: Partial<Planted> = {}): Planted => ({
  id: `nginx-${id}`,
  file: FILE,
  find,
  by,
  ...more,
});

export const NGINX = mutants(
  'nginx',
  ['tests/nginx_directives.test.ts', 'tests/nginx.test.ts'],
  [
    one('header-timeout', 'client_header_timeout 10s;', 'client_header_timeout 60s;', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('body-timeout', 'client_body_timeout 10s;', 'client_body_timeout 300s;', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('send-timeout', 'send_timeout 30s;', 'send_timeout 300s;', { nth: 1 }),
    one('names-its-version', 'server_tokens off;', 'server_tokens on;'),
    one('compresses', 'gzip off;', 'gzip on;'),
    one('body-max', 'client_max_body_size 64k;', 'client_max_body_size 1m;'),
    one('body-on-disk', 'client_body_buffer_size 64k;', 'client_body_buffer_size 8k;'),
    one('answer-on-disk', 'proxy_max_temp_file_size 0;', 'proxy_max_temp_file_size 1024m;'),
    one('large-headers', 'large_client_header_buffers 4 8k;', 'large_client_header_buffers 8 32k;'),
    one('rate', 'zone=requests:16m rate=100r/s;', 'zone=requests:16m rate=1000r/s;'),
    one('network-rate', 'rate=400r/s;', 'rate=100r/s;'),
    one('burst', 'limit_req zone=requests burst=1999 nodelay;', 'limit_req zone=requests burst=199 nodelay;', {
      nth: 1,
    }),
    one('burst-delays', 'limit_req zone=requests burst=1999 nodelay;', 'limit_req zone=requests burst=1999;', {
      nth: 2,
    }),
    one('sockets-uncounted', '      limit_req zone=network_requests burst=7999 nodelay;\n', '', { nth: 2 }),
    one('connections', 'limit_conn connections 512;', 'limit_conn connections 5120;'),
    one('sockets', 'limit_conn sockets 512;', 'limit_conn sockets 256;'),
    one('limit-status', 'limit_req_status 429;', 'limit_req_status 503;'),
    one('resolver-keeps', 'valid=2s ipv6=off', 'valid=60s ipv6=off'),
    one('takes-replicas-out', 'server ${WEBSITE} max_fails=0;', 'server ${WEBSITE};', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('chat-round-robin', '    least_conn;\n', ''),
    one('keeps-idle-too-long', 'keepalive_timeout 4s;', 'keepalive_timeout 60s;', { nth: 1 }),
    one('retries-posts', 'proxy_next_upstream error timeout;', 'proxy_next_upstream error timeout non_idempotent;'),
    one('connect-timeout', 'proxy_connect_timeout 500ms;', 'proxy_connect_timeout 60s;'),
    one('read-timeout', 'proxy_read_timeout 30s;', 'proxy_read_timeout 5s;', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('socket-read-timeout', 'proxy_read_timeout 90s;', 'proxy_read_timeout 30s;', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('socket-send-timeout', 'proxy_send_timeout 90s;', 'proxy_send_timeout 900s;', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('buffers-frames', 'proxy_buffering off;', 'proxy_buffering on;'),
    one(
      'passes-forwarded-host',
      "proxy_set_header X-Forwarded-Host '';",
      'proxy_set_header X-Forwarded-Host $http_x_forwarded_host;',
      { tests: ['tests/nginx_proxy.test.ts'], name: 'the request id' },
    ),
    one(
      'adds-to-forwarded-for',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
      { tests: ['tests/nginx_proxy.test.ts'], name: 'the request id' },
    ),
    one(
      'keeps-request-id',
      'proxy_set_header X-Request-Id $request_id;',
      'proxy_set_header X-Request-Id $http_x_request_id;',
      { tests: ['tests/nginx_proxy.test.ts'], name: 'the request id' },
    ),
    one('believes-all-proxies', 'set_real_ip_from ${PROXY_IN_FRONT};', 'set_real_ip_from 0.0.0.0/0;'),
    one('upgrades-anywhere', '~^/ws(/|$) $http_upgrade;', '~^/ $http_upgrade;', {
      tests: ['tests/nginx_proxy.test.ts'],
      name: 'an upgrade only',
    }),
    one('internal-is-public', '^/(internal|metrics|readyz)(/|$)', '^/(internal|readyz)(/|$)'),
    one('problem-cached', 'add_header Cache-Control no-store always;', 'add_header Cache-Control no-cache always;'),
    one('no-retry-after', '      add_header Retry-After $retry_after always;\n', '', {
      tests: ['tests/nginx_addresses.test.ts'],
    }),
    one('retry-after-long', '    429 1;', '    429 60;'),
    one('allow-lacks-patch', "'GET, HEAD, POST, PUT, PATCH, DELETE'", "'GET, HEAD, POST, PUT, DELETE'"),
    one('wrong-title', '"title":"Too many requests"', '"title":"Too Many Requests"'),
    one('wrong-code', '"code":"bad_gateway"', '"code":"gateway_timeout"'),
    one('logs-queries', 'error_log stderr crit;', 'error_log stderr info;'),
    one('few-sockets', 'worker_connections 16000;', 'worker_connections 1024;', {
      tests: ['tests/nginx_directives.test.ts'],
    }),
    one('shutdown-late', 'worker_shutdown_timeout 5s;', 'worker_shutdown_timeout 60s;'),
  ],
);
