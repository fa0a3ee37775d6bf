// The page's dialog that confirms a deletion and shows its errors. Never sends the request: the caller does.
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { isLoggedOut, toLogin } from './session.ts';

/** Calls `remove` each time the user confirms, until it succeeds or the user cancels. @returns whether it succeeded. */
export function confirmDelete(remove: () => Promise<void>): Promise<boolean> {
  const dialog = one<HTMLDialogElement>('[data-delete-dialog]');
  const error = one('[data-delete-error]', dialog);
  const confirm = one<HTMLButtonElement>('[data-delete-confirm]', dialog);
  const closed = new AbortController();
  error.textContent = '';
  confirm.disabled = false;
  let gone = false;

  const attempt = async () => {
    confirm.disabled = true;
    error.textContent = '';
    try {
      await remove();
      gone = true;
      return dialog.close();
    } catch (problem) {
      if (isLoggedOut(problem)) return toLogin();
      error.textContent = explain(problem);
    }
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
