// A field for the text of a message: grows with the text, counts the characters left and submits on Enter. Never sends
// or stores the text.
import { countCharacters, LIMITS } from '@parlance/client';
import { one } from './dom.ts';
import { plural } from './time.ts';

/** The counter is shown when fewer characters than this are left. */
const NEAR = 200;
/** The contract refuses a blank text: one of only spaces, control and format characters. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}]/u;
/** A mouse implies a hardware keyboard. On a touch keyboard Enter inserts a new line, and only the button sends. */
export const KEYBOARD = matchMedia('(pointer: fine)');

export interface TextFieldOptions {
  /** Called with a text that the contract allows. */
  submit(content: string): void;
  /** Called as the user types, and when the value is set. */
  changed?(value: string): void;
}

export class TextField {
  readonly element: HTMLTextAreaElement;
  readonly #options: TextFieldOptions;
  readonly #grow: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #counter: HTMLElement;

  /** @param root holds one form with the field and its submit button, and the counter. */
  constructor(root: HTMLElement, options: TextFieldOptions) {
    this.#options = options;
    this.element = one('textarea', root);
    this.#grow = one('[data-grow]', root);
    this.#button = one('[type=submit]', root);
    this.#counter = one('[data-counter]', root);
    root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !KEYBOARD.matches || event.shiftKey || isComposing(event)) return;
      event.preventDefault();
      this.#submit();
    });
    this.element.addEventListener('input', () => this.#update());
    // A tap on the button must not take the focus, or a phone's keyboard would close after each message.
    this.#button.addEventListener('mousedown', (event) => event.preventDefault());
  }

  get value(): string {
    return this.element.value;
  }
  set value(text: string) {
    this.element.value = text;
    this.#update();
  }

  /** Makes the field read-only: the text can still be read and copied, but not submitted. */
  close(): void {
    this.element.readOnly = true;
    this.#update();
  }

  #submit(): void {
    const content = this.#content();
    if (this.#isValid(content)) this.#options.submit(content);
  }

  /** The text without blank lines around it, and without U+0000 and lone surrogates, which the contract refuses. */
  #content(): string {
    return this.value
      .replaceAll('\0', '')
      .toWellFormed()
      .trimEnd()
      .replace(/^\s*\n/, '');
  }

  #isValid(content: string): boolean {
    return !this.element.readOnly && VISIBLE.test(content) && countCharacters(content) <= LIMITS.contentMax;
  }

  #update(): void {
    const content = this.#content();
    this.#button.disabled = !this.#isValid(content);
    const left = LIMITS.contentMax - countCharacters(content);
    const words = left < 0 ? `${plural(-left, 'character')} too many` : `${plural(left, 'character')} left`;
    this.#counter.role = left < 0 ? 'status' : null; // announced only over the limit, not on every key press
    this.#counter.textContent = left < NEAR ? words : '';
    this.#counter.classList.toggle('over', left < 0);
    this.element.setAttribute('aria-invalid', String(left < 0));
    this.#grow.dataset.text = this.value; // CSS renders it as a hidden copy, which sets the height
    this.#options.changed?.(this.value);
  }
}

/** Whether an input method (IME) handles the key; Safari ends the composition before the last keydown (229). */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;
