// The catalogue of faults: how each begins and how it ends. schedule.ts decides when, and for how long.
import type { Random } from '../../conformance/random.ts';
import type { LegProxy, Manner } from './proxy.ts';
import type { Server } from './server.ts';
import { LEGS, type Leg, type System } from './system.ts';

export interface Fault {
  kind: string;
  /** Names of its targets. Two faults with a common target are never active at once. */
  on: readonly string[];
  /** Begins the fault; resolves with a function that ends it. */
  begin(): Promise<() => Promise<void> | void>;
}

/** Creates faults of one kind, each on a random target. */
export interface FaultKind {
  kind: string;
  make(random: Random, rooms: readonly { id: string }[]): Fault;
}

const CUT_EVERY_MS = 400;
/** How a leg's proxy treats its connections; see Manner. */
const MANNERS: Record<string, Manner> = {
  stalls: { blocked: ['up', 'down'] },
  'passes only requests': { blocked: ['down'] },
  'passes only answers': { blocked: ['up'] },
  truncates: { truncated: true },
  trickles: { delayMs: 20, piece: { bytes: 128 } },
  'is delayed': { delayMs: 80 },
  'passes single bytes': { piece: { bytes: 1, first: 32 } },
};

/** Every kind of fault that this system and this machine support. */
export function catalogue(system: System): FaultKind[] {
  const legs = LEGS.filter((leg) => system.legs[leg].length > 0).flatMap((leg) => legFaults(leg, system.legs[leg]));
  const processes = [...processFaults('chat', system.chats), ...processFaults('website', system.websites)];
  const redis = system.redis ? processFaults('redis', [system.redis]) : [];
  return [...legs, ...processes, ...redis, ...databaseFaults(system)];
}

/** Descriptions of the kinds that this machine or this system does not support. */
export function leftOut(system: System): string[] {
  return [
    ...(system.redis ? [] : ['all faults of Redis: the chats have no broker']),
    ...(system.postgres.hasOwnDisk ? [] : ['a full disk: it needs a separate disk (--own-disk, root on Linux)']),
  ];
}

function legFaults(leg: Leg, proxies: readonly LegProxy[]): FaultKind[] {
  const fault = (name: string, begin: (proxies: readonly LegProxy[]) => () => Promise<void> | void): FaultKind => ({
    kind: `${leg} ${name}`,
    make: (random) => {
      const hit = random.next() < 0.3 ? proxies : [random.pick(proxies)];
      return { kind: `${leg} ${name}`, on: hit.map((proxy) => proxy.name), begin: async () => begin(hit) };
    },
  });
  const manners = Object.entries(MANNERS).map(([name, manner]) =>
    fault(name, (hit) => {
      for (const proxy of hit) proxy.behave(manner);
      return () => {
        for (const proxy of hit) proxy.behave();
      };
    }),
  );
  return [
    ...manners,
    fault('is cut', (hit) => {
      const cut = () => {
        for (const proxy of hit) proxy.cut();
      };
      cut();
      const timer = setInterval(cut, CUT_EVERY_MS);
      return () => clearInterval(timer);
    }),
    fault('is cut and refuses', (hit) => {
      for (const proxy of hit) proxy.refuse();
      for (const proxy of hit) proxy.cut();
      return async () => {
        for (const proxy of hit) await proxy.open();
      };
    }),
    fault('goes silently dead', (hit) => {
      for (const proxy of hit) proxy.silence();
      return () => undefined;
    }),
  ];
}

function processFaults(name: string, servers: readonly Server[]): FaultKind[] {
  const fault = (what: string, begin: (server: Server) => Promise<() => Promise<void>>): FaultKind => ({
    kind: `${name} ${what}`,
    make: (random) => {
      const server = random.pick(servers);
      return { kind: `${name} ${what}`, on: [server.name], begin: () => begin(server) };
    },
  });
  return [
    fault('is killed', async (server) => {
      await server.signal('SIGKILL');
      return () => server.start();
    }),
    fault('is restarted', async (server) => {
      await server.signal('SIGTERM');
      return () => server.start();
    }),
    fault('is paused', async (server) => {
      await server.signal('SIGSTOP');
      return () => server.signal('SIGCONT');
    }),
  ];
}

function databaseFaults({ postgres }: System): FaultKind[] {
  const fault = (
    kind: string,
    begin: (rooms: readonly { id: string }[], random: Random) => ReturnType<Fault['begin']>,
  ): FaultKind => ({
    kind,
    make: (random, rooms) => ({ kind, on: ['postgres'], begin: () => begin(rooms, random) }),
  });
  const holding = async (...statements: [text: string, values?: unknown[]][]) => {
    const client = await postgres.connection();
    try {
      for (const [text, values] of statements) await client.query(text, values);
    } catch (error) {
      await client.end();
      // The lock was not granted in time. Statements queued behind it waited as well, so the fault had its effect.
      if ((error as { code?: string }).code !== '55P03') throw error;
      return () => undefined;
    }
    return () => client.end();
  };
  const kinds = [
    fault('postgres is killed', async () => {
      await postgres.kill();
      return () => postgres.start();
    }),
    fault('postgres is restarted', async () => {
      await postgres.stop();
      return () => postgres.start();
    }),
    fault('postgres is paused', async () => {
      postgres.signal('SIGSTOP');
      return () => postgres.signal('SIGCONT');
    }),
    fault('a backend of postgres is killed', async (_, random) => {
      const rows = await postgres.query("select pid from pg_stat_activity where application_name like 'parlance%'");
      if (rows.length > 0) postgres.killOne(random.pick(rows).pid as number);
      return () => postgres.start();
    }),
    fault('every connection of postgres is terminated', async () => {
      await postgres.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1',
        'soak',
        ['client backend'],
      );
      return () => undefined;
    }),
    fault('a row of a room is locked', async (rooms, random) =>
      holding(['begin'], ['select from chat_rooms where id = $1 for update', [random.pick(rooms).id]]),
    ),
    fault('the table of messages is locked', async () =>
      holding(['begin'], ["set local lock_timeout = '5s'"], ['lock table messages in access exclusive mode']),
    ),
    fault('postgres is read-only', async () => {
      const reload = async (text: string) => {
        await postgres.query(text);
        await postgres.query('select pg_reload_conf()');
      };
      await reload('alter system set default_transaction_read_only = on');
      return () => reload('alter system reset default_transaction_read_only');
    }),
  ];
  if (!postgres.hasOwnDisk) return kinds;
  const diskFull = fault('the disk of postgres is full', async () => {
    const free = postgres.fillDisk()!;
    return async () => {
      free();
      await postgres.start();
    };
  });
  return [...kinds, diskFull];
}
