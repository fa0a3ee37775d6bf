// One message on the page: its elements, and how it looks after the one before it.
import type { Message } from '@parlance/client';
import { make } from './dom.ts';
import { folded } from './fold.ts';
import { linkified } from './links.ts';
import { dayName, sameDay, timeElement } from './time.ts';

/** What one user says within this time stands together, under the time of the first; in milliseconds. */
const TOGETHER_MS = 5 * 60_000;
const TINTS = 8;
const ONLY_EMOJI = /^\p{RGI_Emoji}{1,3}$/v;

export type Shown = Pick<Message, 'id' | 'username' | 'content' | 'timestamp'>;

export class MessageItem {
  readonly element: HTMLLIElement;
  readonly #message: Shown;
  readonly #moment: Date;
  readonly #day = make('p', 'day');
  /** When the first of those began that stand together with this one. */
  #begun = Number.NaN;

  constructor(message: Shown, own: boolean) {
    this.#message = message;
    this.#moment = new Date(message.timestamp);
    const name = own ? make('span', 'visually-hidden', 'You') : make('bdi', 'name', message.username);
    const time = timeElement(this.#moment);
    const head = make('p', 'head', name, ' ', time);
    const text = make('p', ONLY_EMOJI.test(message.content) ? 'bubble emoji' : 'bubble', ...linkified(message.content));
    text.dir = 'auto';
    text.title = time.title;
    this.element = make('li', own ? 'message own' : 'message', this.#day, avatar(message.username), head, text);
    // Its name for screen readers, when the focus moves to it: who wrote it, when, and the text.
    head.id = `head-${message.id}`;
    text.id = `text-${message.id}`;
    this.element.setAttribute('aria-labelledby', `${head.id} ${text.id}`);
    const fold = folded(text);
    if (fold) this.element.append(fold);
  }

  /**
   * Shows what depends on the message before: the day's name, and whether it goes on from there.
   * @returns whether the next one must look again, too.
   */
  follow(before: MessageItem | undefined): boolean {
    const newDay = !before || !sameDay(before.#moment, this.#moment);
    this.#day.textContent = newDay ? dayName(this.#moment) : '';
    const together =
      !newDay &&
      before.#message.username === this.#message.username &&
      this.#moment.getTime() - before.#begun < TOGETHER_MS;
    this.element.classList.toggle('together', together);
    const begun = together ? before.#begun : this.#moment.getTime();
    const changed = begun !== this.#begun;
    this.#begun = begun;
    return changed;
  }
}

/**
 * A disc with the first letter, in a colour that is always the same for a username. The styles draw the letter, so that
 * it is not copied with the messages.
 */
export function avatar(username: string): HTMLElement {
  let hash = 0;
  for (const character of username.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  const disc = make('span', `avatar tint-${hash % TINTS}`);
  disc.dataset.letter = username.charAt(0).toUpperCase();
  disc.ariaHidden = 'true';
  return disc;
}
