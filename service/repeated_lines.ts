// Rate limits warnings that repeat with every request, for example while the database is unreachable: at most one line
// per second and text.
import type { Log } from './log.ts';

const EVERY_MS = 1_000;

interface Repeated {
  /** Number of lines left out since the last one, and a function that logs the latest. */
  left: number;
  latest: () => void;
}

/** A property of the log that createLog returns. Its children share it, because every request has its own child. */
const LINES = Symbol('lines of the last second');
type LimitedLog = Log & { [LINES]?: Map<string, Repeated> };

/** Makes `warnRepeated` count the lines of this log and all its children together. */
export function limitRepeatedLines(log: Log): void {
  (log as LimitedLog)[LINES] = new Map();
}

/**
 * Logs a warning at once. If the same text was logged within the last second, logs only the latest one when the second
 * has passed, with the number of omitted ones as `leftOut`.
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
