// Runs the real nginx with the repository's nginx.conf on a free port, and speaks raw HTTP/1.1 to it.
// Asserts nothing about what nginx does.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free_port.ts';

export const nginxConf = readFileSync(join(import.meta.dirname, '../nginx/nginx.conf'), 'utf8');

/** False when nginx is installed, else why the tests are skipped. Always false in CI. */
export const nginxIsMissing = (() => {
  if (process.env.CI) return false;
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'nginx is not installed';
  }
})();

/** Registers cleanup: the context of a test or of a bench. */
export interface Scope {
  after(end: () => unknown): void;
}

export interface Nginx {
  port: number;
  /** The id of the master process. */
  pid: number;
  /** Everything that it has written to stdout and stderr. */
  log: () => string;
  /** Resolves with the log when it fits: nginx writes a line after it has sent the answer. Rejects after 5 s. */
  logged: (fits: (log: string) => boolean) => Promise<string>;
  /** Stops nginx with SIGTERM; the log stays readable until the test ends. */
  stop: () => Promise<void>;
}

/**
 * @param services `host:port` of each public listener; a list for replicas.
 * @param changes texts of nginx.conf and their replacements, e.g. shorter timeouts. Each text must occur.
 */
export async function startNginx(
  t: Scope,
  services: { website: string | string[]; chat: string | string[]; proxyInFront?: string },
  changes: Record<string, string> = {},
): Promise<Nginx> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'parlance-nginx-'));
  chmodSync(folder, 0o755); // the workers run as another user when root starts nginx
  const variables: Record<string, string> = {
    LISTEN: `127.0.0.1:${port}`,
    RESOLVER: '127.0.0.1',
    PROXY_IN_FRONT: services.proxyInFront ?? '255.255.255.255',
  };
  // In compose a name resolves to several addresses; here each address is a line.
  let conf = nginxConf.replace(/^ *server \$\{(WEBSITE|CHAT)\}.*$/gm, (line, name: 'WEBSITE' | 'CHAT') =>
    [services[name === 'WEBSITE' ? 'website' : 'chat']]
      .flat()
      .map((address) => line.replace(`\${${name}}`, address))
      .join('\n'),
  );
  for (const [name, value] of Object.entries(variables)) conf = conf.replaceAll(`\${${name}}`, value);
  for (const [line, other] of Object.entries(changes)) {
    assert.ok(conf.includes(line), `nginx.conf has no ${line}`);
    conf = conf.replaceAll(line, other);
  }
  writeFileSync(join(folder, 'nginx.conf'), conf);
  const logFile = join(folder, 'log');
  const out = openSync(logFile, 'a');
  const nginx = spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'], { stdio: ['ignore', out, out] });
  const ended = once(nginx, 'exit');
  const stop = async () => {
    nginx.kill('SIGTERM');
    await ended;
  };
  t.after(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });
  const log = () => readFileSync(logFile, 'utf8');
  const logged = async (fits: (log: string) => boolean) => {
    for (const deadline = performance.now() + 5_000; !fits(log()); await sleep(10)) {
      assert.ok(performance.now() < deadline, `${fits} does not hold for ${log()}`);
    }
    return log();
  };
  while (!(await answers(port))) {
    assert.equal(nginx.exitCode, null, `nginx does not start: ${log()}`);
    await sleep(10);
  }
  return { port, pid: nginx.pid!, log, logged, stop };
}

export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** Sends `text` unchanged and reads one answer; undefined when the server closes the connection without one. */
export function exchange(port: number, text: string): Promise<Answer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
  let received = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text)).setEncoding('latin1');
  const end = () => {
    resolve(parse(received));
    socket.destroy();
  };
  socket.on('error', end).on('close', end);
  socket.on('data', (chunk) => {
    received += chunk;
    // Before the close, because after a refusal nginx keeps the connection open for the body that it discards.
    const answer = parse(received);
    if (answer && answer.body.length === Number(answer.headers.get('content-length') ?? Number.NaN)) end();
  });
  return promise;
}

function parse(received: string): Answer | undefined {
  const [head = '', body = ''] = received.split(/\r\n\r\n(.*)/s, 2);
  if (head === '') return undefined;
  const [first = '', ...lines] = head.split('\r\n');
  const pairs = lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]), headers: new Headers(pairs), body };
}

/** Starts `server` on a free port, and stops it after the test. Resolves with its address. */
export async function startListener(t: Scope, server: Server = createServer()): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => open.add(socket));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
