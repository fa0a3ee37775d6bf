// A real redis-server on a free port of 127.0.0.1, which a test can kill, stall and start again, and a TCP link to it that
// a test can cut, mute or make lossy. Needs redis-server; `redisIsMissing` says whether it is installed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { freePort } from './free_port.ts';
import { sleep } from './people.ts';

/** False when redis-server can be started, else why a test is skipped. Always false in CI. */
export const redisIsMissing = (() => {
  if (process.env.CI) return false;
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'redis-server is not installed';
  }
})();

export interface Redis {
  url: string;
  port: number;
  /** The id of the process that was started last. */
  readonly pid: number;
  /** Kills it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port; resolves when it answers. */
  start(): Promise<void>;
  /** Stops the process (SIGSTOP) until resume(): its connections stay open and it does nothing. */
  stall(): void;
  resume(): void;
  /** Sends a command. Resolves with the raw reply. */
  command(...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  let server: ReturnType<typeof spawn> | undefined;
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  const redis: Redis = {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server!.pid!;
    },
    kill,
    start: async () => {
      server = spawn('redis-server', options, { stdio: 'ignore' });
      for (const deadline = performance.now() + 10_000; ; await sleep(20)) {
        if ((await redis.command('PING').catch(() => '')) === '+PONG\r\n') return;
        if (performance.now() > deadline) throw new Error('redis-server does not start');
      }
    },
    stall: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    command: async (...words) => {
      const socket = connect(port, '127.0.0.1');
      try {
        const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
        socket.write(`*${words.length}\r\n${bulks.join('')}`);
        const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(1_000) });
        return String(answer);
      } finally {
        socket.destroy();
      }
    },
    stop: kill,
  };
  // The server ends with the test process, however that ends.
  process.once('exit', () => server?.kill('SIGKILL'));
  await redis.start();
  return redis;
}

/** Returns the bytes that a link forwards for a chunk, or undefined to drop it. */
export type Tamper = (chunk: Buffer, to: 'server' | 'client') => Buffer | undefined;

export interface Link {
  url: string;
  /** Applies to every chunk from now on. */
  tamper: Tamper | undefined;
  /** Ends every connection. */
  cut(): void;
  stop(): Promise<void>;
}

/** A link to the Redis at `port`. */
export async function startLink(port: number): Promise<Link> {
  const sockets = new Set<Socket>();
  const link: Link = {
    url: '',
    tamper: undefined,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: async () => {
      link.cut();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to, side] of [
      [client, upstream, 'server'],
      [upstream, client, 'client'],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        const passed = link.tamper ? link.tamper(chunk, side) : chunk;
        if (passed && to.writable) to.write(passed);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  link.url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return link;
}
