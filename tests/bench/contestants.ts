// Starts the servers that are compared, each as processes of its own on one core with its database, and says who they are.
// Measures nothing.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { containerArguments } from '../container_command.ts';
import { freePort } from '../free_port.ts';
import { startNginx } from '../nginx_fixture.ts';
import { openRecords } from '../records.ts';
import { SECRETS, untilReady } from '../stack.ts';
import { pin } from './cores.ts';
import type { DialectName } from './generator/dialects.ts';
import type { Door } from './generator/main.ts';
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
  name: Name;
  dialect: DialectName;
  /** Where sockets are opened. */
  port: number;
  /** Where room tokens are asked for; undefined: it has none. */
  tokensPort: number | undefined;
  /** Its processes; of each, its children count as well. */
  processes: readonly number[];
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

/** How long Parlance may take to become ready. */
const START_MS = 30_000;
const MANY = '100000000';
const LIMITED = [
  ...['MESSAGES_PER_10S', 'MESSAGES_PER_USER_PER_10S', 'REQUESTS_PER_USER_PER_10S', 'SOCKETS_PER_USER'],
  ...['REQUESTS_PER_ADDRESS', 'REQUEST_BURST_PER_ADDRESS'],
];

/** Settings that take the limits of rates out of the way. */
export const RATES = Object.fromEntries(LIMITED.map((rate) => [rate, MANY]));

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
    ...{ name, dialect: name === 'bare ws' ? 'bare' : 'socketio', port, tokensPort: undefined },
    processes: [child.pid!, ...(store ? [store.pid] : [])],
    doors: async (rooms, members) => {
      const prefix = randomUUID();
      names = Array.from({ length: rooms }, (_, room) => `${prefix} ${room}`);
      return names.flatMap((room) => Array.from({ length: members }, () => ({ room, headers: [] })));
    },
    tickets: async () => [],
    storedLast: async (count, but) => store && storedIn(store.url, { column: 'room', values: names }, count, but),
    stop: () => scope.disposeAsync(),
  };
}

/** Website, chat and PostgreSQL as their containers start them; with `proxied`, nginx before both. */
async function parlance(name: Name, proxied: boolean): Promise<Contestant> {
  await using starting = new AsyncDisposableStack();
  const store = await database(starting);
  const [website, websiteInternal, chat, chatInternal] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const shared = {
    ...RATES,
    ...SECRETS,
    ...{ HOST: '127.0.0.1', LOG_LEVEL: 'error', PUBLIC_URL: `http://127.0.0.1:${website}` },
    ...(proxied && { TRUSTED_PROXIES: '127.0.0.1' }),
  };
  const site = start(starting, containerArguments('website'), {
    ...{ ...shared, DATABASE_URL: store.url, PORT: String(website), INTERNAL_PORT: String(websiteInternal) },
  });
  const sockets = start(starting, containerArguments('chat'), {
    ...{ ...shared, WEBSITE_URL: `http://127.0.0.1:${websiteInternal}` },
    ...{ PORT: String(chat), INTERNAL_PORT: String(chatInternal) },
  });
  for (const child of [site, sockets]) child.stdout!.resume();
  await untilReady(`http://127.0.0.1:${website}`, START_MS);
  const nginx = proxied
    ? await startNginx(
        { after: (end) => starting.defer(async () => void (await end())) },
        { website: `127.0.0.1:${website}`, chat: `127.0.0.1:${chat}` },
      )
    : undefined;
  if (nginx) pin('server', nginx.pid);
  const records = openRecords(store.url);
  starting.defer(() => records.close());
  const scope = starting.move();
  let ids: string[] = [];
  return {
    ...{ name, dialect: 'parlance', port: nginx?.port ?? chat, tokensPort: nginx?.port ?? website },
    processes: [sockets.pid!, site.pid!, store.pid, ...(nginx ? [nginx.pid] : [])],
    doors: async (rooms, members) => {
      const people = await records.members(rooms * members);
      const doors: Door[] = [];
      ids = [];
      for (let index = 0; index < rooms; index += 1) {
        const own = people.slice(index * members, (index + 1) * members);
        const room = await records.room(own[0]!);
        ids.push(room.id);
        for (const member of own) {
          doors.push({ room: room.name, headers: [`Authorization: Bearer ${await records.roomToken(member, room)}`] });
        }
      }
      return doors;
    },
    tickets: async (count) => {
      const people = await records.members(count);
      return Promise.all(
        people.map(async (member) => {
          const { name } = await records.room(member);
          const path = `/api/rooms/${encodeURIComponent(name)}/tokens`;
          return { path, accessToken: await records.accessToken(member) };
        }),
      );
    },
    storedLast: (count, but) => storedIn(store.url, { column: 'room_id', values: ids }, count, but),
    stop: () => scope.disposeAsync(),
  };
}

/** @param fault drop, double or swap: planted into the bare server, to show that the audit finds it. */
export function startContestant(name: Name, fault?: string): Promise<Contestant> {
  switch (name) {
    case 'parlance':
      return parlance(name, false);
    case 'parlance behind nginx':
      return parlance(name, true);
    case 'bare ws':
      return plain(name, 'servers/bare_ws.ts', false, fault);
    case 'socket.io':
      return plain(name, 'servers/socketio.ts', false);
    case 'socket.io + INSERT':
      return plain(name, 'servers/socketio.ts', true);
  }
}
