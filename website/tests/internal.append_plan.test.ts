// The cached generic plan of an append: it reads by index only, however many rooms there are.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { openDatabases } from '@parlance/website/database.ts';
import type { Tables } from '@parlance/website/models.ts';
import { append } from '@parlance/website/services/append.ts';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { type Json, person } from '../../tests/people.ts';
import { startTestWebsite, type TestWebsite } from './fixture.ts';

const ROOMS = 20_000;

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
  await person(site.url, 'ann');
  await site.sql.query(
    `insert into chat_rooms (name, name_key, owner_id, last_seq)
     select 'room ' || n, 'room ' || n, (select id from users), 2 from generate_series(1, $1::int) n`,
    [ROOMS],
  );
  await site.sql.query(
    `insert into messages (room_id, seq, id, username, content, timestamp)
     select id, seq, gen_random_uuid(), 'ann', 'x', now() from chat_rooms, generate_series(1, 2) seq`,
  );
  await site.sql.query(
    "insert into sessions (user_id, expires_at) select id, now() + n * interval '1 s' from users, generate_series(1, $1::int) n",
    [ROOMS],
  );
  await site.sql.query('analyze');
});
after(() => site.stop());

/** The SQL texts that append() sends, with and without `wait`. */
async function statements(): Promise<string[]> {
  const texts: string[] = [];
  const pool = new pg.Pool({ connectionString: site.databaseUrl, max: 1 });
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void texts.push(query.sql),
  });
  const nothing = [{ roomId: randomUUID(), id: randomUUID(), sid: randomUUID(), username: 'ann', content: 'x' }];
  for (const wait of [true, false]) await append(db, nothing, wait, createLog({ service: 'test', level: 'error' }));
  await db.destroy();
  return texts;
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}
const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
const scans = async (text: string) => {
  const { rows } = await site.sql.query(`explain (generic_plan, format json) ${text}`);
  return nodes((rows[0] as Json)['QUERY PLAN'][0].Plan)
    .filter((node) => /Seq Scan|Bitmap Heap/.test(node['Node Type']))
    .map((node) => `${node['Node Type']} on ${node['Relation Name']}`);
};

test('with 20,000 rooms and sessions, the generic plan of an append scans no table', async () => {
  const { rows } = await site.sql.query(
    "select relname, reltuples::int from pg_class where relname in ('chat_rooms', 'messages', 'sessions')",
  );
  assert.ok(
    rows.length === 3 && rows.every(({ reltuples }) => reltuples >= ROOMS),
    'precondition: the tables are large',
  );
  const wrong = await scans('select * from chat_rooms where name = $1');
  assert.ok(
    wrong.some((scan) => scan.startsWith('Seq Scan')),
    `precondition: a scan is detected; ${wrong}`,
  );

  const texts = await statements();
  // With wait the full statement; without it the statement for usual batches, then the full one.
  assert.equal(texts.length, 3);
  assert.ok(texts.every((text) => text.includes('insert into messages')));
  for (const text of texts) assert.deepEqual(await scans(text), []);
});

test('with enable_seqscan off, an append uses an index even on a table that has no rows in the statistics', async () => {
  await site.sql.query('truncate messages');
  await site.sql.query('analyze messages');
  const scanned = async (setting: string) => {
    const all: string[] = [];
    for (const text of await statements()) {
      const client = new pg.Client(site.databaseUrl);
      await client.connect();
      await client.query(`set enable_seqscan = ${setting}`);
      const { rows } = await client.query(`explain (generic_plan, format json) ${text}`);
      await client.end();
      const found = nodes((rows[0] as Json)['QUERY PLAN'][0].Plan);
      all.push(...found.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']!));
    }
    return all;
  };
  assert.ok((await scanned('on')).includes('messages'), 'precondition: PostgreSQL would scan it, and cache that plan');
  assert.deepEqual(await scanned('off'), []);
});

test('connections for appends use the generic plan, wait up to a second for a lock, and commit synchronously', async () => {
  const dbs = openDatabases(site.databaseUrl, 1, createLog({ service: 'test', level: 'error' }));
  const nothing = [{ roomId: randomUUID(), id: randomUUID(), sid: randomUUID(), username: 'ann', content: 'x' }];
  const log = createLog({ service: 'test', level: 'error' });
  for (let k = 0; k < 8; k += 1) await append(dbs.append, nothing, true, log);
  const { rows } = await sql<Json>`
    select current_setting('plan_cache_mode') as mode, current_setting('enable_seqscan') as scans, current_setting('synchronous_commit') as durable,
      current_setting('lock_timeout') as patience, generic_plans::int as generic, custom_plans::int as custom
    from pg_prepared_statements where statement ~ '\\sinput as materialized'`.execute(dbs.append);
  assert.deepEqual(rows, [
    { mode: 'force_generic_plan', scans: 'off', durable: 'on', patience: '1s', generic: 8, custom: 0 },
  ]);
  await dbs.close();
});
