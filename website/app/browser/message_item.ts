// One message on the page: its elements, and how it looks after the one before it.
import type { Message } from '@parlance/client';
import { make } from './dom.ts';
import { linkified } from './links.ts';
import { dayName, sameDay, timeElement } from './time.ts';

/** Messages of one user that follow within this time stand together, in milliseconds. */
const TOGETHER_MS = 5 * 60_000;
const TINTS = 8;
const ONLY_EMOJI = /^\p{RGI_Emoji}{1,3}$/v;

export type Shown = Pick<Message, 'id' | 'username' | 'content' | 'timestamp'>;

export class MessageItem {
  readonly element: HTMLLIElement;
  readonly #message: Shown;
  readonly #moment: Date;
  readonly #day = make('p', 'day');

  constructor(message: Shown, own: boolean) {
    this.#message = message;
    this.#moment = new Date(message.timestamp);
    const name = own ? make('span', 'visually-hidden', 'You') : make('bdi', 'name', message.username);
    const head = make('p', 'head', name, ' ', timeElement(this.#moment));
    const text = make('p', ONLY_EMOJI.test(message.content) ? 'bubble emoji' : 'bubble', ...linkified(message.content));
    text.dir = 'auto';
    this.element = make('li', own ? 'message own' : 'message', this.#day, avatar(message.username), head, text);
  }

  /** Shows what depends on the message before: the day's name, and whether it goes on from there. */
  follow(before: MessageItem | undefined): void {
    const newDay = !before || !sameDay(before.#moment, this.#moment);
    this.#day.textContent = newDay ? dayName(this.#moment) : '';
    const together =
      !newDay &&
      before.#message.username === this.#message.username &&
      this.#moment.getTime() - before.#moment.getTime() < TOGETHER_MS;
    this.element.classList.toggle('together', together);
  }
}

/** A disc with the first letter, in a colour that is always the same for a username. */
export function avatar(username: string): HTMLElement {
  let hash = 0;
  for (const character of username.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  const disc = make('span', `avatar tint-${hash % TINTS}`, username.charAt(0).toUpperCase());
  disc.ariaHidden = 'true';
  return disc;
}
