// The dialogs of the page that confirm an action and show its errors. Never sends the request: the caller does.
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { isLoggedOut, toLogin } from './session.ts';

/**
 * Shows the dialog `data-<name>-dialog` and calls `act` each time the user confirms, until it succeeds or the user cancels.
 * @returns whether it succeeded.
 */
export function confirmIn(name: 'delete' | 'ban', act: () => Promise<void>): Promise<boolean> {
  const dialog = one<HTMLDialogElement>(`[data-${name}-dialog]`);
  const error = one(`[data-${name}-error]`, dialog);
  const confirm = one<HTMLButtonElement>(`[data-${name}-confirm]`, dialog);
  const closed = new AbortController();
  error.textContent = '';
  confirm.disabled = false;
  let succeeded = false;

  const attempt = async () => {
    confirm.disabled = true;
    error.textContent = '';
    try {
      await act();
      succeeded = true;
      return dialog.close();
    } catch (problem) {
      if (isLoggedOut(problem)) return toLogin();
      error.textContent = explain(problem);
    }
    confirm.disabled = false;
    confirm.focus(); // disabling it took the focus away
  };
  return new Promise((resolve) => {
    confirm.addEventListener('click', () => void attempt(), { signal: closed.signal });
    dialog.addEventListener(
      'close',
      () => {
        closed.abort();
        resolve(succeeded);
      },
      { signal: closed.signal },
    );
    dialog.showModal();
  });
}
