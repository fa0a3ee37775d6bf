// Which connection errors mean that the database is unavailable, and how many connections a website opens.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isUnavailable, openDatabases } from '@parlance/website/database.ts';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { recordLog } from '../../tests/stack.ts';

const CONNECTIONS = 10;

test('a database host that is down or has no route is unavailable, not an internal error', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN']) {
    assert.equal(isUnavailable(Object.assign(new Error(`connect ${code}`), { code })), true, code);
  }
  assert.equal(isUnavailable(Object.assign(new Error('open'), { code: 'EACCES' })), false);
});

test('a request after the website closed its database is refused as unavailable', async () => {
  const dbs = openDatabases('postgres://nobody@127.0.0.1:1/none', CONNECTIONS, recordLog().log);
  await dbs.close();
  await assert.rejects(sql`select 1`.execute(dbs.general), (error) => isUnavailable(error));
});

test('a website opens at most as many connections as OPERATING.md says', async (t) => {
  const dbs = openDatabases('postgres://nobody@127.0.0.1:1/none', CONNECTIONS, recordLog().log);
  t.after(() => dbs.close());
  const registry = new Registry();
  dbs.metrics.register(registry);
  const { values } = (await registry.getSingleMetric('parlance_pool_connections_max')?.get()) ?? { values: [] };
  const pools = values.reduce((sum, { value }) => sum + value, 0);
  const [, more] =
    /`DATABASE_CONNECTIONS` \+ (\d+) connections/.exec(
      readFileSync(new URL('../../OPERATING.md', import.meta.url), 'utf8'),
    ) ?? [];
  // One more connection runs LISTEN.
  assert.equal(pools - CONNECTIONS + 1, Number(more));
});
