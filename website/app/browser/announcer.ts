// Has a sentence read out, politely, to those who listen to the page. Shows nothing.
import { one } from './dom.ts';

export function announce(text: string): void {
  one('[data-announcer]').textContent = text;
}
