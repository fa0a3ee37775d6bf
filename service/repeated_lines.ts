// A warning that repeats with every request while something is out of reach: at most one line a second for each text.
// Knows nothing of what failed.
import type { Log } from './log.ts';

const EVERY_MS = 1_000;

interface Repeated {
  /** How many were left out since the last line, and the last of them. */
  left: number;
  latest: () => void;
}

/** On the log that createLog made; its children share it, since every request has a child of its own. */
const LINES = Symbol('lines of the last second');
type LimitedLog = Log & { [LINES]?: Map<string, Repeated> };

/** Lets `warnRepeated` count the lines of this log and of all its children together. */
export function limitRepeatedLines(log: Log): void {
  (log as LimitedLog)[LINES] = new Map();
}

/**
 * Logs a warning at once, or, when the same text was logged within the last second, only the latest of that second when
 * it is over, with the number of those that were left out as `leftOut`. For failures that every request meets.
 */
export function warnRepeated(log: Log, details: object, message: string): void {
  // A child's prototype is its parent (pino).
  const lines = (log as LimitedLog)[LINES];
  const repeated = lines?.get(message);
  if (repeated) {
    repeated.left += 1;
    repeated.latest = () => log.warn({ ...details, leftOut: repeated.left - 1 }, message);
    return;
  }
  log.warn(details, message);
  if (lines) open(lines, message);
}

function open(lines: Map<string, Repeated>, message: string): void {
  const entry: Repeated = { left: 0, latest: () => undefined };
  lines.set(message, entry);
  setTimeout(() => {
    lines.delete(message);
    if (entry.left === 0) return;
    entry.latest();
    open(lines, message);
  }, EVERY_MS).unref();
}
