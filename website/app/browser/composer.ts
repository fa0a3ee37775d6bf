// The field for new messages: Enter sends, ArrowUp when empty edits the user's last message, a draft survives a reload.
import { one } from './dom.ts';
import { isComposing, KEYBOARD, TextField } from './text_field.ts';

export interface ComposerOptions {
  send(content: string): void;
  /** Called as the user types. */
  typing(): void;
  /** Opens the user's newest message for editing, if there is one. */
  editLast(): void;
  /** Where the draft is kept in sessionStorage. */
  draftKey: string;
}

export class Composer {
  readonly #field: TextField;

  constructor({ send, typing, editLast, draftKey }: ComposerOptions) {
    this.#field = new TextField(one('[data-write]'), {
      submit: (content) => {
        this.#field.value = '';
        send(content);
      },
      changed: (text) => writeDraft(draftKey, text),
    });
    const { element } = this.#field;
    element.addEventListener('input', () => {
      if (element.value !== '') typing();
    });
    element.addEventListener('keydown', (event) => {
      const { key, ctrlKey, altKey, metaKey, shiftKey } = event;
      if (key !== 'ArrowUp' || element.value !== '' || ctrlKey || altKey || metaKey || shiftKey) return;
      if (isComposing(event)) return;
      event.preventDefault();
      editLast();
    });
    // Text typed before this script ran is appended to the draft; a field that the browser restored equals the draft.
    const draft = readDraft(draftKey);
    if (draft === element.value) this.#field.value = draft;
    else this.#prepend(draft);
    if (KEYBOARD.matches) element.focus();
    addEventListener('keydown', (event) => {
      if (isTypedOutside(event)) element.focus(); // before the default action, which then inserts the character here
    });
  }

  /** Puts a text before the current one and focuses the field. */
  edit(text: string): void {
    this.#prepend(text);
    this.#field.element.focus();
  }

  /** Closes the field: nothing can be sent any more; the draft can still be read and copied. */
  close(): void {
    this.#field.element.placeholder = 'You can no longer write here';
    this.#field.close();
  }

  #prepend(text: string): void {
    this.#field.value = [text, this.#field.value].filter(Boolean).join('\n');
  }
}

/** Whether the event types a character while no text field has the focus, for example on a message. */
function isTypedOutside({ key, target, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || altKey || metaKey || key === ' ' || [...key].length > 1) return false;
  return target instanceof Element && !target.closest('textarea, button, dialog');
}

function readDraft(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return ''; // storage is forbidden
  }
}

function writeDraft(key: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Storage is full or forbidden: the draft lasts as long as the page.
  }
}
