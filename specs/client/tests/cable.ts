// A TCP proxy to the server that a test can interrupt. Passes all bytes unchanged.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Cable {
  /** The URL of the server through the proxy. */
  url: string;
  /** Cuts every connection; new ones pass. */
  cut(): void;
  /** Cuts every connection and refuses new ones until putIn(). */
  pull(): void;
  putIn(): void;
  /** Stops passing bytes on the existing connections without closing them; new ones pass. */
  freeze(): void;
  close(): Promise<void>;
}

/** @param target e.g. `http://127.0.0.1:8080`. */
export async function layCable(target: string): Promise<Cable> {
  const { hostname, port } = new URL(target);
  const ends = new Set<Socket>();
  let pulled = false;
  const server = createServer((near) => {
    if (pulled) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end.pipe(other);
      end.on('error', () => undefined);
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    pull() {
      pulled = true;
      cut();
    },
    putIn() {
      pulled = false;
    },
    freeze() {
      for (const end of ends) end.unpipe().pause();
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
