// Editing, deleting, reacting: loads the code when a reader first opens the menu of a message or presses a reaction,
// then presses that button again.
import type { Message } from '@parlance/client';
import { explain } from './explain.ts';
import type { ActionsOptions, MessageActions } from './message_actions.ts';

export class ActionsOnDemand {
  readonly #options: ActionsOptions;
  #loading: Promise<MessageActions> | undefined;
  #actions: MessageActions | undefined;

  constructor(options: ActionsOptions) {
    this.#options = options;
    const press = (event: Event) => {
      if (this.#actions) return options.list.removeEventListener('click', press, { capture: true });
      const button = (event.target as Element).closest<HTMLElement>('.more, .chip');
      if (!button) return;
      event.preventDefault(); // the menu would open without its entries
      event.stopPropagation();
      const id = button.closest('li')?.dataset.id ?? '';
      if (!this.#loading) void this.#use(id, () => button.click());
    };
    options.list.addEventListener('click', press, { capture: true });
  }

  /** Opens an editor in place of the text. */
  edit(message: Message): void {
    void this.#use(message.id, (actions) => actions.edit(message));
  }

  /** Call after messages were removed and rendered again: reattaches the open editors with their drafts. */
  restore(): void {
    this.#actions?.restore();
  }

  async #use(id: string, act: (actions: MessageActions) => void): Promise<void> {
    try {
      this.#loading ??= import('./message_actions.ts').then(({ MessageActions }) => new MessageActions(this.#options));
      this.#actions = await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      this.#options.timeline.item(id)?.explain(explain(error));
      return;
    }
    act(this.#actions);
  }
}
