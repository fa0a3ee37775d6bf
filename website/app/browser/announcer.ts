// Announces a sentence to screen readers through the page's polite live region. Shows nothing.
import { one } from './dom.ts';

/** Long enough to be announced. The text is then cleared: its message may be deleted later. In milliseconds. */
const STAYS_MS = 10_000;
let clearing: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  const announcer = one('[data-announcer]');
  announcer.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => {
    announcer.textContent = '';
  }, STAYS_MS);
}
