// The reactions under one message: a button for each emoji, with how many reacted and who. Sends nothing: whoever
// listens for clicks finds the emoji in `data-emoji`.
import type { Reaction } from '@parlance/client';
import { make } from './dom.ts';
import { plural } from './time.ts';

export class ReactionRow {
  readonly element = make('div', 'reactions');
  readonly #username: string;
  readonly #chips = new Map<string, HTMLButtonElement>();

  constructor(username: string) {
    this.#username = username;
  }

  /** Buttons that stay are the same elements, so that the focus stays on them. */
  show(reactions: readonly Reaction[]): void {
    const left = new Map(this.#chips);
    for (const { emoji, count, usernames } of reactions) {
      left.delete(emoji);
      const chip = this.#chips.get(emoji) ?? this.#add(emoji);
      const isMine = usernames.includes(this.#username);
      const unnamed = count - usernames.length;
      chip.textContent = `${emoji} ${count.toLocaleString()}`;
      chip.title = usernames.join(', ') + (unnamed > 0 ? ` and ${unnamed.toLocaleString()} more` : '');
      chip.ariaPressed = String(isMine);
      chip.ariaLabel = `${emoji} ${plural(count, 'reaction')}: ${chip.title}.${isMine ? ' You reacted' : ''}`;
    }
    for (const [emoji, chip] of left) {
      chip.remove();
      this.#chips.delete(emoji);
    }
  }

  /** Shows that a request about this emoji is under way: the button takes no clicks, but keeps the focus. */
  setBusy(emoji: string, isBusy: boolean): void {
    const chip = this.#chips.get(emoji);
    if (chip) chip.ariaDisabled = isBusy ? 'true' : null;
  }

  #add(emoji: string): HTMLButtonElement {
    const chip = make('button', 'chip');
    chip.type = 'button';
    chip.dataset.emoji = emoji;
    this.#chips.set(emoji, chip);
    this.element.append(chip);
    return chip;
  }
}
