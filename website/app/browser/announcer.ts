// Has a sentence read out, politely, to those who listen to the page. Shows nothing.
import { one } from './dom.ts';

/** Long enough to be noticed; what stays could be read later, when its message is deleted. In milliseconds. */
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
