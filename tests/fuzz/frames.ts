// Generates a frame from a seed and a number: on-spec, or with one change. Derives the expected outcome from the published
// document alone. Sends nothing.
import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@parlance/specs/limits.ts';
import { clientFrameFault } from '../../conformance/frames.ts';
import { Random } from '../../conformance/random.ts';
import { CLIENT_FRAMES } from './contract.ts';
import { misspelt, padded, spoilt, written } from './json_text.ts';
import { brokenMembers, validMembers } from './values.ts';

export interface FrameCase {
  index: number;
  isBinary: boolean;
  payload: Buffer;
  /** Maximum number of WebSocket frames that the message is fragmented into. */
  fragments: number;
}

/** The expected outcome of a frame. */
export type Outcome =
  | { is: 'created'; id: string; content: string }
  | { is: 'nothing' }
  | { is: 'error'; code: 'invalid_json' | 'invalid_frame'; refId: string | undefined }
  | { is: 'close'; code: 1003 | 1007 | 1009 };

const CHANGED = 0.25;
const [MESSAGE_SEND, ...OTHERS] = CLIENT_FRAMES;
const FRAGMENTED = 0.03;

/** An id that is unique within a seed. */
const idOf = (index: number) => `${index.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

export function frameCase(seed: number, index: number): FrameCase {
  const random = Random.of(seed ^ 0x5f3759df, index);
  const schema = random.chance(0.9) ? MESSAGE_SEND! : random.pick(OTHERS);
  const members = validMembers(random, schema, { id: idOf(index) });
  const good = written(random, members);
  const fragments = random.chance(FRAGMENTED) ? 2 + random.below(8) : 1;
  const frame: FrameCase = { index, isBinary: false, payload: good, fragments };
  if (!random.chance(CHANGED)) return frame;
  switch (random.below(16)) {
    case 0:
      return { ...frame, payload: padded(good, LIMITS.bodyMax + random.pick([0, 1, 2, -1])) };
    case 1:
      return { ...frame, isBinary: random.chance(0.3) };
    case 2:
      return { ...frame, payload: random.chance(0.3) ? spoilt(random, good) : good };
    case 3:
    case 4:
    case 5:
    case 6:
      return { ...frame, payload: misspelt(random, good) };
    default:
      return { ...frame, payload: written(random, brokenMembers(random, schema, members)) };
  }
}

export function outcomeOf({ isBinary, payload }: FrameCase): Outcome {
  if (payload.length > LIMITS.bodyMax) return { is: 'close', code: 1009 };
  if (isBinary) return { is: 'close', code: 1003 };
  if (!isUtf8(payload)) return { is: 'close', code: 1007 };
  let frame: unknown;
  try {
    // Of a duplicate name the last value counts.
    frame = JSON.parse(payload.toString());
  } catch {
    return { is: 'error', code: 'invalid_json', refId: undefined };
  }
  const { type, id, content } = (frame ?? {}) as { type?: unknown; id?: unknown; content?: unknown };
  if (clientFrameFault(frame) === undefined) {
    return type === 'message.send' ? { is: 'created', id: String(id), content: String(content) } : { is: 'nothing' };
  }
  const isMessage = typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id);
  return { is: 'error', code: 'invalid_frame', refId: isMessage ? id : undefined };
}

/** The frames of one socket: up to the frame that closes it, or up to FRAMES_MAX. */
export interface Session {
  /** Frames to send first. When all are answered, `last` is sent, if there is one, and closes the socket. */
  frames: FrameCase[];
  last: FrameCase | undefined;
  /** The expected close code of the socket. */
  closes: number;
}

/** Below the limit of unanswered messages per socket. */
const FRAMES_MAX = 48;

/** Takes the first session off a series of frames. */
export function sessionOf(cases: Iterable<FrameCase>): Session {
  const frames: FrameCase[] = [];
  let offSpec = 0;
  for (const one of cases) {
    const outcome = outcomeOf(one);
    if (outcome.is === 'close') return { frames, last: one, closes: outcome.code };
    if (outcome.is === 'error') offSpec += 1;
    if (offSpec > LIMITS.offSpecPerMinute) return { frames, last: one, closes: 4500 };
    frames.push(one);
    if (frames.length >= FRAMES_MAX) break;
  }
  return { frames, last: undefined, closes: 1000 };
}
