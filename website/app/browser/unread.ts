// Tells the reader of messages that came where he does not look: a number in the title while the page is hidden, on
// the button that leads to the newest while he reads further up, and in words for those who listen.
import type { Message } from '@parlance/client';
import { one } from './dom.ts';
import type { Scroller } from './scroller.ts';
import { plural } from './time.ts';

/** What comes within this time is read out together, in milliseconds; more than FEW only as a number. */
const TOGETHER_MS = 600;
const FEW = 3;
const SPOKEN_CHARACTERS = 300;

export class Unread {
  readonly #scroller: Scroller;
  readonly #title = document.title;
  readonly #jump = one<HTMLButtonElement>('[data-jump]');
  readonly #announcer = one('[data-announcer]');
  #count = 0;
  #toSay: Message[] = [];

  constructor(scroller: Scroller) {
    this.#scroller = scroller;
    this.#jump.addEventListener('click', () => scroller.toEnd());
    document.addEventListener('visibilitychange', () => this.look());
  }

  /** Somebody else's message came. */
  message(message: Message): void {
    if (document.hidden || !this.#scroller.atEnd) this.#count++;
    this.#draw();
    if (this.#toSay.push(message) === 1) setTimeout(() => this.#say(), TOGETHER_MS);
  }

  /** Call when the reader may have come to the end. */
  look(): void {
    if (!document.hidden && this.#scroller.atEnd) this.#count = 0;
    this.#draw();
  }

  #draw(): void {
    document.title = this.#count > 0 && document.hidden ? `(${this.#count}) ${this.#title}` : this.#title;
    this.#jump.hidden = this.#scroller.atEnd;
    const words = this.#count > 0 ? plural(this.#count, 'new message') : 'Newest messages';
    one('[data-jump-text]', this.#jump).textContent = words;
  }

  #say(): void {
    const messages = this.#toSay.splice(0);
    const spoken = messages.map(({ username, content }) => `${username}: ${content.slice(0, SPOKEN_CHARACTERS)}`);
    this.#announcer.textContent = messages.length > FEW ? plural(messages.length, 'new message') : spoken.join('\n');
  }
}
