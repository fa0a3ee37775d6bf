// Writes a backup: every table in one snapshot, while Parlance runs. Never changes the database.
import { createHash } from 'node:crypto';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { StartError } from '@parlance/service/start_error.ts';
import pg from 'pg';
import copy from 'pg-copy-streams';
import { type Catalog, readCatalog } from './catalog.ts';
import { withConnection } from './connection.ts';
import { countRows, END_OF_ROWS, FORMAT, writeLine } from './format.ts';

/** The progress of a backup. */
export interface Written {
  table: string;
  /** Rows of this table that are written. */
  rows: number;
  /** All rows of this table, by the planner's estimate; -1: unknown. */
  estimatedRows: number;
  /** Bytes of the compressed backup that are written. */
  bytes: number;
  /** Rows of each table that is complete. */
  counts: Record<string, number>;
}

export interface WriteOptions {
  /** Aborts the backup: the promise rejects with an AbortError. */
  signal?: AbortSignal;
  /** Called at the start with the progress, which is then updated in place. */
  onStart?: (written: Written) => void;
}

const GZIP_LEVEL = 1; // level 6 takes a tenth longer and saves 3 %

/**
 * Writes a backup of the database to `to` and ends it. Memory is bounded by the buffers of the streams.
 * @throws StartError when the database is not Parlance's, or its schema is being changed.
 */
export function writeBackup(url: string, to: Writable, options: WriteOptions = {}): Promise<Written> {
  const written: Written = { table: '', rows: 0, estimatedRows: -1, bytes: 0, counts: {} };
  options.onStart?.(written);
  return withConnection(url, options.signal, async ({ client, db }) => {
    const { schema, tables } = await readCatalog(db);
    if (schema === undefined) throw new StartError('This database has no Parlance data.');
    await client.query('begin isolation level repeatable read read only');
    // The lock blocks migrations. The snapshot begins with the next statement.
    await client.query(`lock table ${tables.map(({ name }) => pg.escapeIdentifier(name))} in access share mode`);
    if (shape(await readCatalog(db)) !== shape({ schema, tables })) {
      throw new StartError('The schema is being changed: try again when Parlance is ready.');
    }
    const text = textOf(client, { schema, tables }, written);
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        written.bytes += chunk.length;
        done(null, chunk);
      },
    });
    await pipeline(text, createGzip({ level: GZIP_LEVEL }), counter, to, { signal: options.signal });
    await client.query('commit');
    return written;
  });
}

const shape = ({ schema, tables }: Catalog) =>
  JSON.stringify([schema, tables.map(({ name, columns }) => [name, columns])]);

async function* textOf(client: pg.Client, { schema, tables }: Catalog, written: Written): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const hashed = (part: Buffer) => {
    hash.update(part);
    return part;
  };
  yield hashed(writeLine({ parlance: 'backup', format: FORMAT, schema: schema!, madeAt: new Date().toISOString() }));
  for (const { name, columns, estimatedRows } of tables) {
    Object.assign(written, { table: name, rows: 0, estimatedRows });
    yield hashed(writeLine({ table: name, columns }));
    // COPY reads a partitioned table only through a query.
    const select = `select ${columns.map(pg.escapeIdentifier)} from ${pg.escapeIdentifier(name)}`;
    for await (const part of client.query(copy.to(`copy (${select}) to stdout`))) {
      written.rows += countRows(part);
      yield hashed(part);
    }
    yield hashed(Buffer.from(END_OF_ROWS));
    yield hashed(writeLine({ rows: written.rows }));
    written.counts[name] = written.rows;
  }
  yield writeLine({ sha256: hash.digest('hex') });
}
