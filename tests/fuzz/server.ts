// Starts the server under test: `npm start` in a separate process on an existing database, with its limits raised.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SECRETS, untilReady } from '../stack.ts';

const MANY = '10000000';
const RATES = [
  ...['LOGINS_PER_10MIN', 'REGISTRATIONS_PER_HOUR', 'REQUESTS_PER_USER_PER_10S', 'ROOMS_PER_DAY', 'MESSAGES_PER_10S'],
  ...['MESSAGES_PER_USER_PER_10S', 'SOCKETS_PER_USER', 'SOCKETS_PER_ADDRESS', 'REQUESTS_PER_ADDRESS'],
  ...['REQUEST_BURST_PER_ADDRESS', 'REQUESTS_AT_ONCE_PER_ADDRESS', 'CONNECTIONS_PER_ADDRESS'],
];
/** Settings that raise the limits; also for a server inside a test's process. */
export const FUZZ_SETTINGS: Record<string, string> = Object.fromEntries(RATES.map((name) => [name, MANY]));

export interface FuzzedServer {
  url: string;
  /** Lines that the server logged as errors. */
  errors: string[];
  stop(): Promise<void>;
}

export async function startServer(databaseUrl: string): Promise<FuzzedServer> {
  const { PATH = '' } = process.env;
  const env = { PATH, ...FUZZ_SETTINGS, ...SECRETS, DATABASE_URL: databaseUrl, HOST: '127.0.0.1', PORT: '0' };
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../start.ts')], {
    env: { ...env, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${errors.join('\n')}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        const port = /^Parlance is ready: http:\/\/localhost:(\d+)$/m.exec(text)?.[1];
        if (port) resolve(`http://127.0.0.1:${port}`);
        errors.push(...text.split('\n').filter((line) => line !== '' && !line.startsWith('Parlance is ready')));
      });
    }
  });
  await untilReady(url);
  return {
    url,
    errors,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
