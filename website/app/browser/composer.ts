// Where a message is written: Enter sends, the field grows with the text, the draft survives a reload.
import { countCharacters, LIMITS } from '@parlance/client';
import { one } from './dom.ts';
import { plural } from './time.ts';

/** The counter shows when fewer than this are left, in characters. */
const NEAR = 200;
/** What the contract calls blank: nothing but spaces, control and format characters. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}]/u;
/** A mouse, and so a real keyboard: on one of glass Enter is the only way to a new line, and the button sends. */
const KEYBOARD = matchMedia('(pointer: fine)');

export interface ComposerOptions {
  send(content: string): void;
  /** Called as the user types. */
  typing(): void;
  /** Where the draft is kept in sessionStorage. */
  draftKey: string;
}

export class Composer {
  readonly #options: ComposerOptions;
  readonly #form = one<HTMLFormElement>('[data-composer]');
  readonly #field = one<HTMLTextAreaElement>('textarea', this.#form);
  readonly #grow = one('[data-grow]', this.#form);
  readonly #button = one<HTMLButtonElement>('button', this.#form);
  readonly #counter = one('[data-counter]');
  #closed = false;

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('keydown', (event) => {
      // While an input method composes, Enter picks a candidate; Safari ends the composition before that keydown (229).
      if (event.key !== 'Enter' || !KEYBOARD.matches || event.shiftKey || event.isComposing || event.keyCode === 229)
        return;
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('input', () => {
      this.#update();
      if (this.#field.value !== '') options.typing();
    });
    // A tap on the button must not take the focus, or a phone's keyboard would fold after each message.
    this.#button.addEventListener('mousedown', (event) => event.preventDefault());
    // What was typed before this script ran follows the draft; a browser that restores the field repeats the draft.
    const draft = readDraft(options.draftKey);
    if (draft !== this.#field.value) this.#prepend(draft);
    this.#update();
    if (KEYBOARD.matches) this.#field.focus();
    addEventListener('keydown', (event) => {
      if (isTextForNobody(event)) this.#field.focus(); // before the key takes effect: its character is written here
    });
  }

  /** Puts a text into the field, before what is there, and the cursor with it. */
  edit(text: string): void {
    this.#prepend(text);
    this.#update();
    this.#field.focus();
  }

  /** Nothing can be sent any more; the draft can still be read and copied. */
  close(): void {
    this.#closed = true;
    this.#field.readOnly = true;
    this.#field.placeholder = 'Closed for writing';
    this.#update();
  }

  #prepend(text: string): void {
    if (text !== '') this.#field.value = [text, this.#field.value].filter(Boolean).join('\n');
  }

  #submit(): void {
    const content = this.#content();
    if (!this.#sendable(content)) return;
    this.#field.value = '';
    this.#update();
    this.#options.send(content);
  }

  /** Without empty lines around it, U+0000 and halves of surrogate pairs, which the contract refuses. */
  #content(): string {
    return this.#field.value
      .replaceAll('\0', '')
      .toWellFormed()
      .trimEnd()
      .replace(/^\s*\n/, '');
  }

  #sendable(content: string): boolean {
    return !this.#closed && VISIBLE.test(content) && countCharacters(content) <= LIMITS.contentMax;
  }

  #update(): void {
    const content = this.#content();
    this.#button.disabled = !this.#sendable(content);
    const left = LIMITS.contentMax - countCharacters(content);
    const words = left < 0 ? `${plural(-left, 'character')} too many` : `${plural(left, 'character')} left`;
    this.#counter.role = left < 0 ? 'status' : null; // read out only then, or it would be at every key
    this.#counter.textContent = left < NEAR ? words : '';
    this.#counter.classList.toggle('over', left < 0);
    this.#field.setAttribute('aria-invalid', String(left < 0));
    this.#grow.dataset.text = this.#field.value; // an unseen copy in the styles gives the field its height
    writeDraft(this.#options.draftKey, this.#field.value);
  }
}

/** A character that is typed where nothing can be written, such as on a message. */
function isTextForNobody({ key, target, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || altKey || metaKey || key === ' ' || [...key].length > 1) return false;
  return target instanceof Element && !target.closest('textarea, button');
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
    // Storage is full or forbidden: the draft lives as long as the page.
  }
}
