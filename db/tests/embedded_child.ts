// A process that owns an embedded PostgreSQL, to be killed by tests. Prints one line of JSON when it has started or was
// refused, stops at SIGINT after one more query, and otherwise runs until it is killed.
import { createLog } from '@parlance/service/log.ts';
import pg from 'pg';
import { StartError, startEmbeddedPostgres } from '../embedded/server.ts';

const [, , directory = '', ending = 'wait'] = process.argv;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = createLog({ service: 'child', to: { write: (line) => process.stderr.write(line) } });

try {
  const { url, stop } = await startEmbeddedPostgres({ directory, log, durable: false });
  process.once('SIGINT', async () => {
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query('SELECT 1 AS alive');
    await client.end();
    await stop();
    say(rows[0]);
    process.exit();
  });
  if (ending === 'wait') setInterval(() => undefined, 60_000);
  say({ url }); // last: the test may send the signal at once
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  say({ refused: error.message });
}
