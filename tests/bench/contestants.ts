// Starts the servers that are compared, each as processes of its own on one core with its database, and says who they are.
// Measures nothing.
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

/** A room token that is still to be asked for. */
export interface Ticket {
  /** The path at the website, and the access token of who asks. */
  path: string;
  accessToken: string;
}

export interface Contestant {
  dialect: DialectName;
  /** Where room tokens are asked for; undefined: it has none. */
  tokensPort: number | undefined;
  /** Of each, its children count as well. */
  processes: Processes;
  /** Doors into `rooms` new rooms for `members` each, who are all new; room after room. */
  doors(rooms: number, members: number): Promise<Door[]>;
  /** Room tokens that as many people may ask for, each in a room of their own. */
  tickets(count: number): Promise<Ticket[]>;
  /**
   * Of the rooms that `doors` named last: how many messages its database holds, and how many of those numbered below `count`,
   * except `but`; undefined: it stores none.
   */
  storedLast(count: number, but: readonly number[]): Promise<{ rows: number; found: number } | undefined>;
  stop(): Promise<void>;
}

/** A server that knows neither people nor tokens: whoever comes is let in. */
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

/** @param fault drop, double or swap: planted into the bare server, to show that the audit finds it. */
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
