// Prints the progress of a command once a second. Prints nothing for a command that takes less than a second.

const EVERY_MS = 1_000;

/** Where progress is written; stderr by default. */
export interface ProgressOutput {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Writes `text()` once a second: one line each time, or on a terminal a single line that is overwritten.
 * @returns a function that stops it
 */
export function showProgress(text: () => string, to: ProgressOutput = process.stderr, everyMs = EVERY_MS): () => void {
  const [before, after] = to.isTTY ? ['\r', '\x1b[K'] : ['', '\n'];
  let shown = false;
  const timer = setInterval(() => {
    to.write(`${before}${text()}${after}`);
    shown = true;
  }, everyMs);
  return () => {
    clearInterval(timer);
    if (shown && to.isTTY) to.write('\n');
  };
}

/** 1234567 → "1.2 MB". */
export function showBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** 1234567 → "1,234,567". */
export const showNumber = (number: number): string => number.toLocaleString('en-US');
