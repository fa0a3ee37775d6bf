// Loads the stored messages: the newest page first, older pages as the reader scrolls near the top. Sends one request
// at a time; retries a failed one with backoff, and at once when the reader asks or the browser goes online.
import { type MessagePage, ProblemError } from '@parlance/client';
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { client, isLoggedOut, toLogin } from './session.ts';

const PAGE = 50;
/** Older messages are requested when the reader is this close to the oldest one, in pixels. */
const AHEAD_PX = 500;
/** The upper limit of the backoff after the first failure, and after any failure, in milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

export interface HistoryPlace {
  /** The smallest seq shown. */
  oldest(): number | undefined;
  /** Called before a page is requested. */
  asked(): void;
  /**
   * Shows a page: the newest one, or the one `before` a seq.
   * @returns whether to load the page before it at once.
   */
  add(page: MessagePage, before?: number): boolean;
}

export class History {
  readonly #room: { name: string; id: string };
  readonly #place: HistoryPlace;
  readonly #box: HTMLElement;
  readonly #top = one('[data-older]');
  readonly #button = one<HTMLButtonElement>('[data-older-button]', this.#top);
  readonly #text = one('[data-history-text]', this.#top);
  readonly #observer: IntersectionObserver;
  #asked: AbortController | undefined;
  #hasMore = false;
  /** The number of failed requests since the last success. */
  #failures = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #again = () => this.older();

  constructor(room: { name: string; id: string }, place: HistoryPlace, box: HTMLElement) {
    this.#room = room;
    this.#place = place;
    this.#box = box;
    this.#button.addEventListener('click', () => this.#again());
    addEventListener('online', () => {
      if (this.#failures > 0 && !this.busy) this.#again();
    });
    this.#observer = new IntersectionObserver(
      (entries) => {
        if (entries.at(-1)?.isIntersecting && this.#failures === 0) this.older();
      },
      { root: box, rootMargin: `${AHEAD_PX}px 0px 0px` },
    );
  }

  /** Whether a request is pending. Until it completes, the oldest message shown must not change. */
  get busy(): boolean {
    return this.#asked !== undefined;
  }

  /**
   * Loads the newest page and aborts any pending request. Resolves with the page once it is shown, or with undefined if
   * the room was deleted.
   */
  newest(): Promise<MessagePage | undefined> {
    return new Promise((resolve) => {
      const attempt = async () => {
        this.#asked?.abort();
        const page = await this.#load({ limit: PAGE }, attempt);
        if (page) resolve(page === 'gone' ? undefined : page);
      };
      void attempt();
    });
  }

  /** Loads the page before the oldest message shown, if there is one and no request is pending. */
  older(): void {
    const before = this.#place.oldest();
    if (this.busy || before === undefined || !this.#hasMore) return;
    void this.#load({ before, limit: PAGE }, () => this.older());
  }

  /** Call after the oldest messages were removed: offers to load them again. */
  offerOlder(): void {
    this.#hasMore = true;
    this.#settle('', 'Older messages');
  }

  async #load(query: { before?: number; limit: number }, again: () => void) {
    const asked = new AbortController();
    this.#asked = asked;
    clearTimeout(this.#later);
    if (document.activeElement === this.#button) this.#box.focus(); // the button is hidden next
    this.#button.hidden = true;
    this.#text.hidden = false;
    this.#text.textContent = 'Loading…';
    this.#place.asked();
    try {
      const page = await client.listMessages(this.#room.name, query, { signal: asked.signal });
      if (asked.signal.aborted) return;
      this.#asked = undefined;
      this.#failures = 0;
      // The name now belongs to another room. For the newest page the caller compares the id.
      if (page.roomId !== this.#room.id && query.before !== undefined) return this.#gone();
      const wantsOlder = this.#place.add(page, query.before);
      this.#again = () => this.older();
      this.#hasMore = page.hasMore;
      if (page.hasMore) this.#settle('', 'Older messages');
      else this.#settle('This is the beginning of the room.');
      if (wantsOlder) this.older();
      return page;
    } catch (error) {
      if (asked.signal.aborted) return;
      this.#asked = undefined;
      if (isLoggedOut(error)) return toLogin();
      if (error instanceof ProblemError && error.code === 'room_not_found') return this.#gone();
      this.#failures++;
      this.#again = again;
      this.#settle(explain(error), 'Try again');
      this.#planAgain(error);
      return;
    }
  }

  #gone(): 'gone' {
    this.#hasMore = false;
    this.#settle('This room was deleted.');
    return 'gone';
  }

  /** Schedules a retry, not before the server allows it. The jitter spreads the retries of many clients. */
  #planAgain(error: unknown): void {
    if (error instanceof ProblemError && error.retry === 'never') return;
    const atLeast = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
    const most = Math.min(FIRST_WAIT_MS * 2 ** (this.#failures - 1), LONGEST_WAIT_MS);
    this.#later = setTimeout(() => this.#again(), atLeast + Math.random() * most);
  }

  #settle(text: string, button?: string): void {
    this.#text.textContent = text;
    this.#text.hidden = text === '';
    this.#button.hidden = button === undefined;
    this.#button.textContent = button ?? '';
    // No tab stop: focus would scroll up, which loads older messages anyway. After a failure it is needed to retry.
    this.#button.tabIndex = this.#failures > 0 ? 0 : -1;
    // The observer reports only changes. Observing again makes it report whether the top is still in view.
    this.#observer.unobserve(this.#top);
    this.#observer.observe(this.#top);
  }
}
