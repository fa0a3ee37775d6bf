// A client that answers no ping: measures when the server pings it and when it closes the socket.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Kit } from '../kit.ts';
import { SOON_MS } from '../wire.ts';

/** Runs once per run, up to pingSeconds + pongSeconds. In seconds: from open to ping, and from there to the close. */
export const silence = (kit: Kit): Promise<{ pinged: number; borne: number; closeCode: number }> =>
  kit.shared('silence', async () => {
    const wire = await kit.join(kit.cast.bob, (await kit.room()).name, { autoPong: false });
    const opened = performance.now();
    let asked: number | undefined;
    wire.ws.once('ping', () => {
      asked = performance.now();
    });
    const closeCode = await wire.closed((LIMITS.pingSeconds + LIMITS.pongSeconds) * 1_000 + SOON_MS);
    const closed = wire.end?.at ?? Number.NaN;
    return {
      pinged: ((asked ?? Number.POSITIVE_INFINITY) - opened) / 1_000,
      borne: (closed - (asked ?? Number.NaN)) / 1_000,
      closeCode,
    };
  });
