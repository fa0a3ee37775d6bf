// The connection that LISTENs on a channel of PostgreSQL, and comes back when it is lost. Knows no meaning of a payload.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import pg from 'pg';

const RETRY_MS = 500;

export interface ListenerParts {
  /** Of the database. */
  url: string;
  channel: string;
  log: Log;
  /** Called with each payload, and with undefined after a (re)connection: notifications may have been missed before. */
  heard(payload: string | undefined): void;
}

export class Listener {
  readonly #parts: ListenerParts;
  #client: pg.Client | undefined;
  #stopped = false;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  /** Listens until stop(), whatever happens to the connection; resolves after the first attempt. */
  async start(): Promise<void> {
    const { url, channel, log, heard } = this.#parts;
    const client = new pg.Client({
      connectionTimeoutMillis: 5_000,
      connectionString: url,
      application_name: 'parlance-changes',
      keepAlive: true,
    });
    this.#client = client;
    const lost = async () => {
      if (this.#stopped || this.#client !== client) return;
      this.#client = undefined;
      client.end().catch(() => undefined);
      await sleep(RETRY_MS, undefined, { ref: false });
      if (!this.#stopped) await this.start();
    };
    client.on('error', (err) => {
      log.warn({ err }, 'listening for changes was interrupted');
      void lost();
    });
    client.on('end', () => void lost());
    client.on('notification', ({ payload }) => heard(payload));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      heard(undefined);
    } catch (err) {
      log.warn({ err }, 'cannot listen for changes');
      void lost();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client?.end().catch(() => undefined);
  }
}
