// Reports messages that the user has not seen: a line before the first, also on the next visit, a button with their
// number that scrolls to it, the number in the title of an inactive page, and announcements to screen readers.
import type { Message } from '@parlance/client';
import { announce } from './announcer.ts';
import { make, one } from './dom.ts';
import type { Scroller } from './scroller.ts';
import type { SeenStore } from './seen_store.ts';
import { plural } from './time.ts';
import type { Timeline } from './timeline.ts';

/** Messages within this time are announced together, in milliseconds; more than FEW only as a number. */
const TOGETHER_MS = 600;
const FEW = 3;
const SPOKEN_CHARACTERS = 300;
/** At most this many messages are loaded at once to find the first new one; scrolling up loads the others. */
const CATCH_UP = 300;

/** Whether the user may not see the page: another tab or window may cover it. */
const isAway = (): boolean => document.hidden || !document.hasFocus();

export interface UnreadOptions {
  scroller: Scroller;
  timeline: Timeline;
  seen: SeenStore;
  box: HTMLElement;
}

export class Unread {
  readonly #options: UnreadOptions;
  readonly #line = make('li', 'news', 'New messages');
  readonly #title = document.title;
  readonly #jump = one<HTMLButtonElement>('[data-jump]');
  readonly #observer: IntersectionObserver;
  #count = 0;
  /** In history pages, messages of others with a greater seq are new; undefined: the first new one is shown. */
  #since: number | undefined;
  #lineInView = false;
  #isReplay = false;
  /** The line exists and has not been in view yet. */
  #unreached = false;
  #toSay: string[] = [];

  constructor(options: UnreadOptions) {
    this.#options = options;
    this.#since = options.seen.last;
    this.#jump.addEventListener('click', () => this.#go());
    document.addEventListener('visibilitychange', () => this.look());
    for (const event of ['focus', 'blur']) addEventListener(event, () => this.look());
    this.#observer = new IntersectionObserver(
      (entries) => {
        this.#lineInView = entries.at(-1)!.isIntersecting;
        this.look();
      },
      { root: options.box },
    );
  }

  /** Call for each live message of another user that has a text; `missed`: sent while there was no connection. */
  message({ id }: Message, missed: boolean): void {
    const { scroller, timeline } = this.#options;
    const item = timeline.item(id)!.element;
    if (missed || isAway() || !scroller.atEnd) {
      // A message edited meanwhile gets its text only with the edit event, after the messages below it.
      const isAbove = item.compareDocumentPosition(this.#line) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (++this.#count === 1) this.#since = undefined;
      if (this.#count === 1 || (isAbove && this.#line.isConnected)) this.#drawLine(item);
    }
    this.look();
    if (this.#toSay.push(id) === 1) setTimeout(() => this.#say(), TOGETHER_MS);
  }

  /** Sets whether the replay after a reconnect still runs. Until it ends, no message counts as seen. */
  replay(isReplay: boolean): void {
    if (isReplay === this.#isReplay) return;
    this.#isReplay = isReplay;
    if (!isReplay) this.#watchLine();
  }

  /** Call after a history page is shown. @returns whether to load the page before it to find the first new message. */
  page(hasMore: boolean): boolean {
    const { timeline, seen } = this.#options;
    if (timeline.oldest === undefined) seen.reach(0);
    const since = this.#since;
    const isOlder = since !== undefined && hasMore && (timeline.oldest ?? 0) > since;
    if (since !== undefined) {
      const [first, count] = timeline.othersAfter(since);
      if (first && !this.#line.isConnected) this.#drawLine(first);
      else first?.before(this.#line);
      if (this.#unreached) this.#count = count;
      if (!isOlder) this.#since = undefined;
    }
    this.look();
    return isOlder && timeline.size < CATCH_UP;
  }

  /** Call when the reader may have reached the end. */
  look(): void {
    const { scroller, timeline, seen } = this.#options;
    if (this.#isReplay) return this.#draw();
    if (!isAway() && this.#lineInView) this.#unreached = false;
    if (!isAway() && scroller.atEnd && !this.#unreached) {
      this.#count = 0;
      if (timeline.newest !== undefined) seen.reach(timeline.newest);
    }
    this.#draw();
  }

  /** Marks everything as seen: the user has sent a message. */
  forget(): void {
    this.#line.remove();
    this.#count = 0;
    this.#since = undefined;
    this.#unreached = false;
    this.#draw();
  }

  /** Call when the timeline was cleared and is loaded again. */
  startOver(): void {
    this.forget();
    this.replay(false);
    this.#since = this.#options.seen.last;
  }

  #drawLine(before: HTMLElement): void {
    before.before(this.#line);
    this.#unreached = true;
    this.#watchLine();
  }

  /** Observes the line again: the observer reports only changes, not that the line is still in view. */
  #watchLine(): void {
    this.#lineInView = false;
    this.#observer.unobserve(this.#line);
    this.#observer.observe(this.#line);
  }

  /** Scrolls to the first new message, then to the last, and moves the focus, since the button may be hidden. */
  #go(): void {
    const { scroller, box } = this.#options;
    const first = this.#line.nextElementSibling;
    if (this.#unreached && first instanceof HTMLElement) {
      this.#unreached = false;
      this.#line.scrollIntoView();
      first.focus({ preventScroll: true });
    } else {
      scroller.toEnd();
      box.focus({ preventScroll: true });
      this.look();
    }
  }

  #draw(): void {
    const { scroller, box } = this.#options;
    document.title = this.#count > 0 && isAway() ? `(${this.#count}) ${this.#title}` : this.#title;
    this.#jump.hidden = scroller.atEnd && !this.#unreached;
    if (this.#jump.hidden) return;
    const number = `${this.#since === undefined ? '' : 'More than '}${plural(this.#count, 'new message')}`;
    one('[data-jump-text]', this.#jump).textContent = this.#count > 0 ? number : 'Newest messages';
    const isAbove = this.#unreached && this.#line.getBoundingClientRect().top < box.getBoundingClientRect().top;
    one('[data-jump-arrow]', this.#jump).textContent = isAbove ? '↑' : '↓';
  }

  #say(): void {
    const messages = this.#toSay.splice(0).flatMap((id) => this.#options.timeline.message(id) ?? []);
    const spoken = messages.flatMap(({ username, content }) =>
      content === undefined ? [] : `${username}: ${content.slice(0, SPOKEN_CHARACTERS)}`,
    );
    announce(spoken.length > FEW ? plural(spoken.length, 'new message') : spoken.join('\n'));
  }
}
