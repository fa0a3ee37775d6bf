// Lets the reader pick an emoji: from a list, or any other that the system's keyboard enters. Never sends a request.
import { isEmoji } from '@parlance/specs/emoji.ts';
import { wireArrows } from './arrows.ts';
import { make, one } from './dom.ts';
import { EMOJI_GROUPS } from './emoji_list.ts';

/** Opens the dialog. @returns the emoji; undefined if the user cancels. */
export function pickEmoji(): Promise<string | undefined> {
  const dialog = one<HTMLDialogElement>('[data-picker]');
  const error = one('[role=alert]', dialog);
  const list = one('[data-emoji-list]', dialog);
  const field = one<HTMLInputElement>('input', dialog);
  if (!list.firstElementChild) build(dialog, list, field, error);
  error.textContent = field.value = dialog.returnValue = '';
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue || undefined), { once: true });
    dialog.showModal();
    one('button', list).focus();
  });
}

function build(dialog: HTMLDialogElement, list: HTMLElement, field: HTMLInputElement, error: HTMLElement): void {
  for (const [name, emoji] of Object.entries(EMOJI_GROUPS)) {
    const buttons = emoji.split(' ').map((one) => {
      const button = make('button', 'pick', one);
      button.value = one; // becomes the dialog's returnValue
      button.tabIndex = -1; // the list is one tab stop
      return button;
    });
    const group = make('div', 'picks', ...buttons);
    group.role = 'group';
    group.ariaLabel = name;
    list.append(group);
  }
  one('button', list).tabIndex = 0;
  wireArrows(list);
  field.form!.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    // Some keyboards omit the emoji variation selector (U+FE0F), without which ❤ is not an emoji.
    const emoji = [text, `${text}\uFE0F`].find(isEmoji);
    if (emoji !== undefined) return dialog.close(emoji);
    error.textContent = 'Enter exactly one emoji.';
    field.focus();
  });
}
