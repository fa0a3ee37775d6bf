// The reactions under one message: a button per emoji with the count and the names. Never sends a request: the caller's
// click listener reads the emoji from `data-emoji`.
import type { Reaction } from '@parlance/client';
import { make } from './dom.ts';
import { plural } from './time.ts';

export class ReactionRow {
  readonly element = make('div', 'reactions');
  readonly #username: string;
  readonly #chips = new Map<string, HTMLButtonElement>();
  /** The user's own reactions that the page has observed; a message names only some of many users. */
  readonly #own = new Set<string>();
  #reactions: readonly Reaction[] = [];

  constructor(username: string) {
    this.#username = username;
  }

  /** Reuses the buttons of emoji that remain, so that they keep the focus. */
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

  /** Whether the user has reacted with this emoji. If not all users are named, only observed reactions count. */
  isMine(emoji: string): boolean {
    const { count = 0, usernames = [] } = this.#reactions.find((one) => one.emoji === emoji) ?? {};
    return usernames.includes(this.#username) || (count > usernames.length && this.#own.has(emoji));
  }

  /** Records whether the user's reaction with this emoji exists. */
  remember(emoji: string, isThere: boolean): void {
    if (isThere) this.#own.add(emoji);
    else this.#own.delete(emoji);
    this.show(this.#reactions);
  }

  /** Marks the button as disabled while a request for this emoji is pending, but keeps its focus. */
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
