// The stored messages: the newest page at first, older ones as the reader comes near the top. One request at a time.
import type { Message } from '@parlance/client';
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { client, isLoggedOut, loginUrl } from './session.ts';

const PAGE = 50;
/** Older messages are asked for this long before the reader reaches them, in pixels. */
const AHEAD_PX = 500;

export interface HistoryPlace {
  /** The smallest seq shown. */
  oldest(): number | undefined;
  /** Shows a page; `older`: it stands right before what is shown. */
  add(messages: Message[], older: boolean): void;
}

export class History {
  readonly #room: string;
  readonly #place: HistoryPlace;
  readonly #top = one('[data-older]');
  readonly #button = one<HTMLButtonElement>('[data-older-button]', this.#top);
  readonly #text = one('[data-history-text]', this.#top);
  readonly #observer: IntersectionObserver;
  #asked: AbortController | undefined;
  #failed = false;
  #again = () => this.older();

  constructor(room: string, place: HistoryPlace, box: HTMLElement) {
    this.#room = room;
    this.#place = place;
    this.#button.addEventListener('click', () => this.#again());
    this.#observer = new IntersectionObserver(
      (entries) => {
        if (entries.at(-1)?.isIntersecting && !this.#failed) this.older();
      },
      { root: box, rootMargin: `${AHEAD_PX}px 0px 0px` },
    );
  }

  /** Whether an answer is awaited: then what is shown at the top must not change. */
  get busy(): boolean {
    return this.#asked !== undefined;
  }

  /** Loads the newest page, whatever else was asked for. Resolves with the room's id once it is shown; a failure is told to the reader, who can try again. */
  newest(): Promise<string> {
    return new Promise((resolve) => {
      const attempt = async () => {
        this.#asked?.abort();
        const page = await this.#load({ limit: PAGE }, attempt);
        if (page) resolve(page.roomId);
      };
      void attempt();
    });
  }

  /** Loads the page before the oldest message shown, if there is one and nothing else is asked for. */
  older(): void {
    const before = this.#place.oldest();
    if (this.busy || before === undefined || this.#button.hidden) return;
    void this.#load({ before, limit: PAGE }, () => this.older());
  }

  /** The oldest messages were taken away: offers to load them again. */
  offerOlder(): void {
    this.#settle('', 'Older messages');
  }

  async #load(query: { before?: number; limit: number }, again: () => void) {
    const asked = new AbortController();
    this.#asked = asked;
    this.#text.hidden = false;
    this.#text.textContent = 'Loading…';
    try {
      const page = await client.listMessages(this.#room, query, { signal: asked.signal });
      if (asked.signal.aborted) return;
      this.#asked = undefined;
      this.#place.add(page.messages, query.before !== undefined);
      this.#again = () => this.older();
      if (page.hasMore) this.#settle('', 'Older messages');
      else this.#settle('This is the beginning of the room.');
      return page;
    } catch (error) {
      if (asked.signal.aborted) return;
      this.#asked = undefined;
      if (isLoggedOut(error)) location.assign(loginUrl());
      this.#again = again;
      this.#settle(explain(error), 'Try again', true);
      return;
    }
  }

  #settle(text: string, button?: string, failed = false): void {
    this.#text.textContent = text;
    this.#text.hidden = text === '';
    this.#button.hidden = button === undefined;
    this.#button.textContent = button ?? '';
    this.#failed = failed;
    // The observer speaks only of changes: asked anew, it says whether the top is in view still.
    this.#observer.unobserve(this.#top);
    this.#observer.observe(this.#top);
  }
}
