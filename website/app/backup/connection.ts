// The single connection of a backup or a restore: Kysely and COPY share its transaction. It has none of the website's
// timeouts, because both may take long. The options fix the text format of dates and intervals on every server.
import type { Socket } from 'node:net';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

const OPTIONS = ['datestyle=ISO', 'timezone=UTC', 'intervalstyle=postgres', 'statement_timeout=0', 'lock_timeout=0']
  .concat('idle_in_transaction_session_timeout=0')
  .map((option) => `-c ${option}`)
  .join(' ');

export interface Connection {
  client: pg.Client;
  /** Uses `client`. The schema may be of any version. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  db: Kysely<any>;
}

/**
 * Runs `use` on a separate connection and closes it afterwards. On a failure, and when `signal` aborts, destroys the
 * socket without waiting for the running statement.
 */
export async function withConnection<T>(
  url: string,
  signal: AbortSignal | undefined,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'parlance-backup',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: OPTIONS,
  });
  client.on('error', () => undefined);
  const cut = () => (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
  signal?.addEventListener('abort', cut);
  await client.connect();
  const only = Object.assign(client, { release: () => undefined });
  const pool = { options: {}, connect: async () => only, end: async () => undefined };
  try {
    const result = await use({ client, db: new Kysely({ dialect: new PostgresDialect({ pool }) }) });
    await client.end();
    return result;
  } catch (error) {
    cut();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cut);
  }
}
