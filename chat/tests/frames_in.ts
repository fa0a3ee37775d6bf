// Parses the frames in bytes that were written to a socket, like a client.
import * as ws from 'ws';
import type { Json } from '../../tests/people.ts';

/** Exported by ws but not in its types. */
const { Receiver } = ws as unknown as {
  Receiver: new (
    options: object,
  ) => NodeJS.WritableStream & {
    on(event: 'message', listen: (data: Buffer) => void): void;
  };
};

/** Returns all text frames in `bytes`, parsed. */
export function framesIn(bytes: Buffer): Json[] {
  const frames: Json[] = [];
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  receiver.on('message', (data) => frames.push(JSON.parse(String(data))));
  receiver.write(bytes);
  return frames;
}
