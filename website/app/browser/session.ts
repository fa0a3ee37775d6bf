// The page's one client and what becomes of the session: logging out, and where to go when it is over.
import { createClient, ProblemError } from '@parlance/client';
import { one } from './dom.ts';
import { explain } from './explain.ts';

export const client = createClient();

/** Whether the API said that nobody is logged in (any more). */
export const isLoggedOut = (error: unknown): boolean =>
  error instanceof ProblemError && error.code === 'not_authenticated';

/** The login page that leads back here. */
export const loginUrl = (): string => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;

/** Goes there, in place of this page, which the way back would find closed. */
export const toLogin = (): void => location.replace(loginUrl());

/** Wires the log out button, where the page has one. `before` runs once the session has ended. */
export function wireLogOut(before?: () => void): void {
  const button = document.querySelector<HTMLButtonElement>('[data-log-out]');
  button?.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await client.logOut();
    } catch (error) {
      if (!isLoggedOut(error)) {
        button.disabled = false;
        button.focus(); // it lost it with being disabled
        return notice(`You are still logged in. ${explain(error)}`);
      }
    }
    before?.();
    forget();
    location.assign('/');
  });
}

/** Drafts and unsent messages are nobody else's to find, should somebody else use this tab next. */
export function forget(): void {
  try {
    sessionStorage.clear();
  } catch {
    // Storage is forbidden: nothing is kept.
  }
}

/** Shows a sentence at the top of the page and has it read out, until the network is back or something else is done. */
function notice(text: string): void {
  const place = one('[data-notice]');
  place.textContent = text;
  place.hidden = false;
  const over = new AbortController();
  const hide = () => {
    place.hidden = true;
    over.abort();
  };
  for (const event of ['online', 'click']) addEventListener(event, hide, { signal: over.signal });
}
