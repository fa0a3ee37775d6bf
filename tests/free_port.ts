// Ports for programs that must be told theirs before they start. None is one that the system gives by itself.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to whoever connects or listens at port 0 (from 32768 on): such a port would be free now,
 * and another process of the tests could have it a moment later.
 */
const [FIRST, END] = [15_000, 32_000];
const TRIES = 100;

/** A port of 127.0.0.1 where nobody listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, END);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no free port was found');
}
