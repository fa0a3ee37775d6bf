// Server frames as bytes on the wire: checked against the contract once, framed once, then written to any number of
// sockets. The only place that turns a frame into bytes.
import type { ServerFrame } from '@parlance/specs/frames.ts';
import { validateServerFrame } from '@parlance/specs/validators.js';
import * as ws from 'ws';
import type { Message } from './website.ts';

/** A frame of ours that is not as the contract says: a mistake of the server's, never sent. */
export class OffSpecFrame extends Error {
  override name = 'OffSpecFrame';
}

const FRAME = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };

/** Exported by ws but not in its types: makes the header and the payload of a frame (RFC 6455 §5.2). */
const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: typeof FRAME): Buffer[] } };

/** One text frame, unmasked as a server's are. @throws OffSpecFrame */
export function encode(frame: ServerFrame): Buffer {
  const { type } = frame;
  if (!validateServerFrame(frame)) {
    const { instancePath, message } = validateServerFrame.errors?.[0] ?? {};
    throw new OffSpecFrame(`${type}${instancePath} ${message}`);
  }
  return Buffer.concat(Sender.frame(Buffer.from(JSON.stringify(frame)), FRAME));
}

/** Stored messages as one run of bytes, so that they leave in one write per socket. Off-spec ones are told, and left out. */
export function encodeMessages(
  messages: readonly Message[],
  offSpec: (err: unknown, message: Message) => void,
): Buffer {
  const frames: Buffer[] = [];
  for (const message of messages) {
    try {
      frames.push(encode({ type: 'message.created', ...message }));
    } catch (err) {
      offSpec(err, message);
    }
  }
  return Buffer.concat(frames);
}
