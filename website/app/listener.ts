// A connection that LISTENs on a channel of PostgreSQL and reconnects when it is lost. Never interprets a payload.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { warnRepeated } from '@parlance/service/repeated_lines.ts';
import type pg from 'pg';
import { type ConnectionWatch, WatchedClient } from './connection_watch.ts';

const RETRY_MS = 500;
/** A connection that only listens sends nothing, so that its loss would not be noticed without a probe. */
const PROBE_EVERY_MS = 1_000;
const HUNG_MS = 3_000;

export interface ListenerParts {
  /** The URL of the database. */
  url: string;
  channel: string;
  watch: ConnectionWatch;
  log: Log;
  /** Called with each payload, and with undefined after a (re)connection: notifications may have been missed before. */
  heard(payload: string | undefined): void;
  /** Called with the database's time, in ms since 1970, about once a second. */
  time(ms: number): void;
}

export class Listener {
  readonly #parts: ListenerParts;
  #client: pg.Client | undefined;
  #stopped = false;
  #listening = false;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  /** Whether notifications arrive now. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Listens until stop() and reconnects when needed; resolves after the first attempt. */
  async start(): Promise<void> {
    const { url, channel, watch, log, heard } = this.#parts;
    const client = new WatchedClient({ connectionString: url, application_name: 'parlance-changes' });
    watch.single(client, HUNG_MS);
    this.#client = client;
    const lost = async () => {
      if (this.#stopped || this.#client !== client) return;
      this.#client = undefined;
      this.#listening = false;
      client.end().catch(() => undefined);
      await sleep(RETRY_MS, undefined, { ref: false });
      if (!this.#stopped) await this.start();
    };
    client.on('error', (err) => {
      warnRepeated(log, { err }, 'listening for changes was interrupted');
      // The connections of the pools may be dead too.
      watch.dropIdle();
      void lost();
    });
    client.on('end', () => void lost());
    client.on('notification', ({ payload }) => heard(payload));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      this.#listening = true;
      await this.#askTime(client);
      heard(undefined);
      void this.#probe(client);
    } catch (err) {
      warnRepeated(log, { err }, 'cannot listen for changes');
      void lost();
    }
  }

  /** Probes until the connection ends; the watch closes it when it does not answer. */
  async #probe(client: WatchedClient): Promise<void> {
    while (this.#client === client && !this.#stopped) {
      await sleep(PROBE_EVERY_MS, undefined, { ref: false });
      // The client also emits the failure as an event.
      await this.#askTime(client).catch(() => undefined);
    }
  }

  async #askTime(client: WatchedClient): Promise<void> {
    const { rows } = await client.query('select clock_timestamp() as now');
    this.#parts.time((rows[0].now as Date).getTime());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client?.end().catch(() => undefined);
  }
}
