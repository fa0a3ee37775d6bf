// Starts the servers under comparison. Each runs as separate processes, on one core together with its database.
// Takes no measurements.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '../free_port.ts';
import type { DialectName } from './generator/dialects.ts';
import type { Door } from './generator/main.ts';
import type { Processes } from './meter.ts';
import { startParlance } from './parlance.ts';
import { database, start, storedIn, untilSaid } from './programs.ts';

export const NAMES = ['parlance', 'parlance behind nginx', 'bare ws', 'socket.io', 'socket.io + INSERT'] as const;
export type Name = (typeof NAMES)[number];

/** What a request for a room token needs. */
export interface Ticket {
  /** Path at the website, and the access token of the caller. */
  path: string;
  accessToken: string;
}

export interface Contestant {
  dialect: DialectName;
  /** Port that issues room tokens; undefined when the contestant has none. */
  tokensPort: number | undefined;
  /** Measured together with their child processes. */
  processes: Processes;
  /** Returns one door per member of `rooms` new rooms with `members` new members each, room by room. */
  doors(rooms: number, members: number): Promise<Door[]>;
  /** Returns `count` tickets, each for another user and another room. */
  tickets(count: number): Promise<Ticket[]>;
  /**
   * For the rooms of the last `doors` call: how many messages are stored (`rows`), and how many of those numbered below
   * `count`, except `but`, are among them (`found`). Undefined when the contestant stores nothing.
   */
  storedLast(count: number, but: readonly number[]): Promise<{ rows: number; found: number } | undefined>;
  stop(): Promise<void>;
}

/** A server without users or tokens: it accepts every client. */
async function plain(name: Name, file: string, withDatabase: boolean, fault?: string): Promise<Contestant> {
  await using starting = new AsyncDisposableStack();
  const store = withDatabase ? await database(starting) : undefined;
  const port = await freePort();
  const env = { PORT: String(port), ...(store && { DATABASE_URL: store.url }), ...(fault && { FAULT: fault }) };
  const child = start(starting, [join(import.meta.dirname, file)], env);
  await untilSaid(child);
  const scope = starting.move();
  let names: string[] = [];
  return {
    ...{ dialect: name === 'bare ws' ? 'bare' : 'socketio', tokensPort: undefined },
    processes: { server: child.pid!, ...(store && { PostgreSQL: store.pid }) },
    doors: async (rooms, members) => {
      const prefix = randomUUID();
      names = Array.from({ length: rooms }, (_, room) => `${prefix} ${room}`);
      return names.flatMap((room) => Array.from({ length: members }, () => ({ room, port, headers: [] })));
    },
    tickets: async () => [],
    storedLast: async (count, but) => store && storedIn(store.url, { column: 'room', values: names }, count, but),
    stop: () => scope.disposeAsync(),
  };
}

/** @param fault drop, double or swap: injected into the bare server to verify that the audit finds it. */
export function startContestant(name: Name, fault?: string): Promise<Contestant> {
  switch (name) {
    case 'parlance':
      return startParlance();
    case 'parlance behind nginx':
      return startParlance({ nginx: true });
    case 'bare ws':
      return plain(name, 'servers/bare_ws.ts', false, fault);
    case 'socket.io':
      return plain(name, 'servers/socketio.ts', false);
    case 'socket.io + INSERT':
      return plain(name, 'servers/socketio.ts', true);
  }
}
