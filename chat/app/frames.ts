// Encodes server frames: each is validated and encoded once, then written to any number of sockets. No other module
// encodes frames.
import type { ServerFrame } from '@parlance/specs/frames.ts';
import { type Fault, validateServerFrame, validateStoredEvent } from '@parlance/specs/validators.js';
import * as ws from 'ws';
import type { LogEvent } from './website.ts';

/** A server frame that breaks the contract: a server bug. It is never sent. */
export class OffSpecFrame extends Error {
  override name = 'OffSpecFrame';
}

const FRAME = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };
const PING = { ...FRAME, opcode: 9 };

/** Exported by ws but not in its types: returns the header and the payload of a frame (RFC 6455 §5.2). */
const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: typeof FRAME): Buffer[] } };

/** Encodes one text frame, unmasked like all server frames. @throws OffSpecFrame */
export function encode(frame: ServerFrame): Buffer {
  if (!validateServerFrame(frame)) throw offSpec(frame, validateServerFrame.errors);
  return framed(frame);
}

/**
 * Encodes events of the log into one buffer, for one write per socket. An event of a type unknown to this version
 * (written by a newer website) is delivered as stored. An off-spec event is left out, and `refused` is called for it.
 */
export function encodeEvents(events: readonly LogEvent[], refused: (err: unknown, event: LogEvent) => void): Buffer {
  const frames: Buffer[] = [];
  for (const event of events) {
    if (isOnSpec(event)) frames.push(framed(event));
    else refused(offSpec(event, validateServerFrame.errors), event);
  }
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}

function isOnSpec(event: LogEvent): boolean {
  if (validateServerFrame(event)) return true;
  return validateServerFrame.errors?.[0]?.keyword === 'discriminator' && validateStoredEvent(event);
}

/** Encodes a ping frame (RFC 6455 §5.5.2). @param payload up to 125 bytes. */
export const encodePing = (payload: Buffer): Buffer => Buffer.concat(Sender.frame(payload, PING));

const framed = (frame: object) => Buffer.concat(Sender.frame(Buffer.from(JSON.stringify(frame)), FRAME));

function offSpec({ type }: { type: string }, faults: Fault[] | null | undefined): OffSpecFrame {
  const { instancePath, message } = faults?.[0] ?? {};
  return new OffSpecFrame(`${type}${instancePath} ${message}`);
}
