// Edits the text of one message. Saves only over the revision that it was opened with; on a conflict shows both texts.
// Keeps the draft on every error. Never shows the message itself.
import { type Message, ProblemError } from '@parlance/client';
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { client } from './session.ts';
import { isComposing, TextField } from './text_field.ts';

export interface EditorOptions {
  room: string;
  /** The state shown when the editor opens. */
  message: Message;
  /** Called with each state of the message that the server returns. */
  updated(message: Message): void;
  /** Called when editing ends; `isSaved`: a different text was saved. */
  done(isSaved: boolean): void;
}

export class Editor {
  readonly element: HTMLFormElement;
  readonly #options: EditorOptions;
  readonly #field: TextField;
  readonly #error: HTMLElement;
  readonly #cancel: HTMLButtonElement;
  /** The state whose text the draft replaces. */
  #base: Message;
  #isBusy = false;

  constructor(options: EditorOptions) {
    const template = one<HTMLTemplateElement>('[data-editor]');
    this.element = one<HTMLFormElement>('form', template.content).cloneNode(true) as HTMLFormElement;
    this.#options = options;
    this.#base = options.message;
    this.#error = one('[role=alert]', this.element);
    this.#cancel = one('[data-cancel]', this.element);
    this.#field = new TextField(this.element, { submit: (content) => void this.#save(content) });
    this.#field.value = options.message.content ?? '';
    this.#cancel.addEventListener('click', () => options.done(false));
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !isComposing(event)) options.done(false);
    });
  }

  focus(): void {
    this.#field.element.focus();
  }

  async #save(content: string): Promise<void> {
    const { room, updated, done } = this.#options;
    const { id, revision } = this.#base;
    if (this.#isBusy) return;
    if ([content, this.#field.value].includes(this.#base.content ?? '')) return done(false);
    this.#setBusy(true);
    this.#error.textContent = '';
    try {
      updated(await client.editMessage(room, id, { content }, { ifMatch: revision }));
      done(true);
    } catch (error) {
      const stale = error instanceof ProblemError && error.code === 'stale_revision';
      this.#error.textContent = stale ? await this.#compare() : `Not saved. ${explain(error)}`;
    }
    this.#setBusy(false);
  }

  /** Makes the field read-only during a request: text typed then would be lost when the editor closes. */
  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    this.#field.element.readOnly = isBusy;
  }

  /** Shows the current text beside the draft; the next save replaces that text. @returns the error to show. */
  async #compare(): Promise<string> {
    try {
      this.#base = await client.getMessage(this.#options.room, this.#base.id);
    } catch (error) {
      return `Not saved: the message was edited elsewhere. ${explain(error)}`;
    }
    this.#options.updated(this.#base);
    if (this.#base.content === undefined) return 'Not saved: the message was deleted.';
    const theirs = one('[data-theirs]', this.element);
    one('[data-their-text]', theirs).textContent = this.#base.content;
    theirs.hidden = false;
    one('[type=submit]', this.element).textContent = 'Save mine';
    this.#cancel.textContent = 'Keep theirs';
    return 'Not saved: the message was edited elsewhere.';
  }
}
