// Asks before a room is deleted, deletes it, and says in the dialog what went wrong.
import { ProblemError } from '@parlance/client';
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { client, isLoggedOut, toLogin } from './session.ts';

/** Asks and, when confirmed, deletes. @returns whether the room is gone. */
export function confirmDelete(name: string): Promise<boolean> {
  const dialog = one<HTMLDialogElement>('[data-delete-dialog]');
  const error = one('[data-delete-error]', dialog);
  const confirm = one<HTMLButtonElement>('[data-delete-confirm]', dialog);
  const closed = new AbortController();
  one('[data-delete-name]', dialog).textContent = name;
  error.textContent = '';
  confirm.disabled = false;
  let gone = false;

  const attempt = async () => {
    confirm.disabled = true;
    error.textContent = '';
    try {
      await client.deleteRoom(name);
      gone = true;
    } catch (problem) {
      if (isLoggedOut(problem)) return toLogin();
      gone = problem instanceof ProblemError && problem.code === 'room_not_found'; // somebody was faster
      if (!gone) error.textContent = explain(problem);
    }
    if (gone) return dialog.close();
    confirm.disabled = false;
    confirm.focus(); // it lost it with being disabled
  };
  return new Promise((resolve) => {
    confirm.addEventListener('click', () => void attempt(), { signal: closed.signal });
    dialog.addEventListener(
      'close',
      () => {
        closed.abort();
        resolve(gone);
      },
      { signal: closed.signal },
    );
    dialog.showModal();
  });
}
