// Free ports for programs that need a port number before they start. Never a port of the ephemeral range.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ephemeral ports of Linux (from 32768 on), which another process could get between this check and the use. */
const [FIRST, END] = [15_000, 32_000];
const TRIES = 100;

/** A port of 127.0.0.1 without a listener. */
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
