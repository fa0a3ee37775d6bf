// One session in the list of sessions.
import type { UserSession } from '@parlance/client';
import { make } from './dom.ts';
import { momentElement } from './time.ts';

const KINDS: Readonly<Record<string, string>> = { cookie: 'Browser', token: 'Program' };

/** A list item with a button that ends the session; the current session has a badge instead. */
export function sessionItem(session: UserSession, end: (item: HTMLElement) => Promise<void>): HTMLLIElement {
  const kind = make('p', 'session-kind', KINDS[session.kind] ?? session.kind);
  if (session.current) kind.append(make('span', 'badge', 'this session'));
  const began = momentElement(new Date(session.createdAt));
  const times = make('p', 'hint', 'Logged in ', began, ', until ', momentElement(new Date(session.expiresAt)));
  const item = make('li', 'session card', make('div', 'session-text', kind, times));
  if (!session.current) {
    const button = make('button', 'quiet', 'End');
    button.type = 'button';
    button.ariaLabel = `End the session of ${began.textContent}`;
    button.addEventListener('click', async () => {
      button.disabled = true;
      await end(item);
      button.disabled = false;
    });
    item.append(button);
  }
  return item;
}
