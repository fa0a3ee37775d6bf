// Tells the reader of messages that came where he does not look: a number in the title while he looks elsewhere, on the
// button that leads to them while he reads further up, a line before the first, and in words for those who listen.
import type { Message } from '@parlance/client';
import { make, one } from './dom.ts';
import type { Scroller } from './scroller.ts';
import { plural } from './time.ts';

/** What comes within this time is read out together, in milliseconds; more than FEW only as a number. */
const TOGETHER_MS = 600;
const FEW = 3;
const SPOKEN_CHARACTERS = 300;

/** Another tab or another window may cover this one. */
const isAway = (): boolean => document.hidden || !document.hasFocus();

export class Unread {
  readonly #scroller: Scroller;
  readonly #box: HTMLElement;
  readonly #line = make('li', 'news', 'New messages');
  readonly #title = document.title;
  readonly #jump = one<HTMLButtonElement>('[data-jump]');
  readonly #announcer = one('[data-announcer]');
  #count = 0;
  #toSay: Message[] = [];

  constructor(scroller: Scroller, box: HTMLElement) {
    this.#scroller = scroller;
    this.#box = box;
    this.#jump.addEventListener('click', () => this.#go());
    document.addEventListener('visibilitychange', () => this.look());
    for (const event of ['focus', 'blur']) addEventListener(event, () => this.look());
  }

  /** Somebody else's message came, and is shown as `item`. */
  message(message: Message, item: HTMLElement): void {
    if ((isAway() || !this.#scroller.atEnd) && ++this.#count === 1) item.before(this.#line);
    this.#draw();
    if (this.#toSay.push(message) === 1) setTimeout(() => this.#say(), TOGETHER_MS);
  }

  /** Call when the reader may have come to the end. */
  look(): void {
    if (!isAway() && this.#scroller.atEnd) this.#count = 0;
    this.#draw();
  }

  /** Nothing is new any more: the reader has written, or reads anew. */
  forget(): void {
    this.#line.remove();
    this.#count = 0;
    this.#draw();
  }

  /** To the first new message, and from there to the last. */
  #go(): void {
    const below = this.#line.getBoundingClientRect().top > this.#box.getBoundingClientRect().bottom;
    if (this.#count > 0 && below) this.#line.scrollIntoView();
    else this.#scroller.toEnd();
    this.#box.focus({ preventScroll: true }); // the button goes
  }

  #draw(): void {
    document.title = this.#count > 0 && isAway() ? `(${this.#count}) ${this.#title}` : this.#title;
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
