// The account page: the sessions, a new password, and deleting the account.

import { confirmIn } from './confirm_dialog.ts';
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { wireForm } from './forms.ts';
import { client, forget, isLoggedOut, toLogin, wireLogOut } from './session.ts';
import { sessionItem } from './session_item.ts';
import { wireSuspension } from './suspension_form.ts';

const list = one('[data-sessions]');
const status = one('[data-sessions-status]');
const title = one('#sessions-title');
const endOthers = one<HTMLButtonElement>('[data-end-others]');
const again = one<HTMLButtonElement>('[data-sessions-again]');

/** Runs a request; shows an error above the list. @returns whether it succeeded. */
async function attempt(request: () => Promise<void>): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    if (isLoggedOut(error)) toLogin();
    else status.textContent = explain(error);
    return false;
  }
}

async function load(said = ''): Promise<void> {
  again.hidden = await attempt(async () => {
    const { sessions } = await client.listSessions();
    list.replaceChildren(
      ...sessions.map((session) =>
        sessionItem(session, async (item) => {
          if (!(await attempt(() => client.endSession(session.id)))) return;
          item.remove();
          settle('The session has ended.');
        }),
      ),
    );
    settle(said);
  });
}

/** Call after the list has changed: shows `said`, and moves the focus if the button that had it is gone. */
function settle(said: string): void {
  status.textContent = said;
  endOthers.hidden = list.childElementCount < 2;
  if (said && document.activeElement === document.body) title.focus();
}

endOthers.addEventListener('click', async () => {
  endOthers.disabled = true;
  if (await attempt(() => client.endOtherSessions())) await load('All other sessions have ended.');
  endOthers.disabled = false;
});
again.addEventListener('click', () => void load());

/** Runs a request; if the session has ended meanwhile, goes to the login page. */
async function loggedIn<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (!isLoggedOut(error)) throw error;
    toLogin();
    return undefined;
  }
}

const passwordForm = one<HTMLFormElement>('[data-password-form]');
const passwordStatus = one('[data-password-status]');
wireForm(passwordForm, ({ currentPassword = '', newPassword = '' }) => {
  passwordStatus.textContent = '';
  return loggedIn(async () => {
    await client.changePassword({ currentPassword, newPassword });
    passwordForm.reset();
    await load();
    passwordStatus.textContent = 'Your password is changed. All other sessions have ended.';
    return 'again' as const;
  });
});

const deletionForm = one<HTMLFormElement>('[data-deletion-form]');
wireForm(deletionForm, async ({ password = '' }) => {
  const erase = new FormData(deletionForm).get('messages') === 'erase';
  one('[data-delete-text]').textContent = erase
    ? 'All your messages are deleted too, in every room. This cannot be undone.'
    : 'Your messages stay. This cannot be undone.';
  const messages = erase ? 'erase' : 'keep';
  if (!(await confirmIn('delete', () => client.deleteAccount({ password, messages })))) return 'again';
  forget();
  location.replace('/');
  return undefined;
});

wireSuspension();
wireLogOut();
await load();
