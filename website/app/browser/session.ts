// The API client of the page, logging out, and the redirect to the login page when the session has ended.
import { createClient, ProblemError } from '@parlance/client';
import { one } from './dom.ts';
import { explain } from './explain.ts';

export const client = createClient();

/** Whether the API answered that no user is logged in, or no longer. */
export const isLoggedOut = (error: unknown): boolean =>
  error instanceof ProblemError && error.code === 'not_authenticated';

/** The URL of the login page, with this page as the one to return to. */
export const loginUrl = (): string => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;

/** Goes to the login page and replaces this page in the browser history: without a session it cannot be shown. */
export const toLogin = (): void => location.replace(loginUrl());

/** Wires the log out button, if the page has one. `before` runs once the session has ended. */
export function wireLogOut(before?: () => void): void {
  const button = document.querySelector<HTMLButtonElement>('[data-log-out]');
  button?.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await client.logOut();
    } catch (error) {
      if (!isLoggedOut(error)) {
        button.disabled = false;
        button.focus(); // disabling it took the focus away
        return notice(`You are still logged in. ${explain(error)}`);
      }
    }
    before?.();
    forget();
    location.assign('/');
  });
}

/** Deletes drafts and unsent messages, so that the next user of this tab cannot read them. */
export function forget(): void {
  try {
    sessionStorage.clear();
  } catch {
    // Storage is forbidden: nothing is stored.
  }
}

/** Shows a sentence at the top of the page as an alert, until the browser goes online or the user clicks. */
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
