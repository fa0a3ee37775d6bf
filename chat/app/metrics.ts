// What an operator sees of chat: sockets, open rooms, batches on their way to the log and how long they take.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Connections } from './connections.ts';
import type { Rooms } from './rooms.ts';
import type { Append, AppendOutcome, Website } from './website.ts';

type Send = (messages: readonly Append[], wait: boolean) => Promise<AppendOutcome[]>;

interface Parts {
  connections: Connections;
  rooms: Rooms;
  website: Website;
}

/** Registers the series; `timed` wraps the sending of a batch. */
export function measure(registry: Registry, { connections, rooms, website }: Parts) {
  const registers = [registry];
  new Gauge({
    name: 'parlance_sockets',
    help: 'Open sockets',
    registers,
    collect() {
      this.set(connections.size);
    },
  });
  new Gauge({
    name: 'parlance_rooms',
    help: 'Open rooms',
    registers,
    collect() {
      this.set(rooms.size);
    },
  });
  new Counter({
    name: 'parlance_pages_read_total',
    help: 'Pages of logs that were read for sockets that resume',
    registers,
    collect() {
      this.reset();
      this.inc(website.pagesRead);
    },
  });
  const messages = new Counter({
    name: 'parlance_messages_total',
    help: 'Messages handed to the log, by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'parlance_append_seconds',
    help: 'How long a batch took to be stored',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const timed =
    (send: Send): Send =>
    async (batch, wait) => {
      const stop = seconds.startTimer();
      try {
        const outcomes = await send(batch, wait);
        for (const { outcome } of outcomes) messages.inc({ outcome });
        return outcomes;
      } catch (error) {
        messages.inc({ outcome: 'store_unavailable' }, batch.length);
        throw error;
      } finally {
        stop();
      }
    };
  const refused = new Counter({
    name: 'parlance_joins_refused_total',
    help: 'Upgrades refused: busy, stale (no changes are heard of), no_answer of the website, or the code',
    labelNames: ['reason'],
    registers,
  });
  return { timed, joinRefused: (reason: string) => refused.inc({ reason }) };
}
