// The reactions under one message: a button for each emoji, with how many reacted and who. Sends nothing: whoever
// listens for clicks finds the emoji in `data-emoji`.
import type { Reaction } from '@parlance/client';
import { make } from './dom.ts';
import { plural } from './time.ts';

export class ReactionRow {
  readonly element = make('div', 'reactions');
  readonly #username: string;
  readonly #chips = new Map<string, HTMLButtonElement>();
  /** The reader's own, as far as the page has seen them come and go: of many users a message does not name all. */
  readonly #own = new Set<string>();
  #reactions: readonly Reaction[] = [];

  constructor(username: string) {
    this.#username = username;
  }

  /** Buttons that stay are the same elements, so that the focus stays on them. */
  show(reactions: readonly Reaction[]): void {
    this.#reactions = reactions;
    const left = new Map(this.#chips);
    for (const { emoji, count, usernames } of reactions) {
      left.delete(emoji);
      const chip = this.#chips.get(emoji) ?? this.#add(emoji);
      const isMine = this.isMine(emoji);
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

  /** Whether the reader has reacted with this emoji. Where not everybody is named, only what the page has seen counts. */
  isMine(emoji: string): boolean {
    const { count = 0, usernames = [] } = this.#reactions.find((one) => one.emoji === emoji) ?? {};
    return usernames.includes(this.#username) || (count > usernames.length && this.#own.has(emoji));
  }

  /** The reader's reaction with this emoji is there, or is not there any more. */
  remember(emoji: string, isThere: boolean): void {
    if (isThere) this.#own.add(emoji);
    else this.#own.delete(emoji);
    this.show(this.#reactions);
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
