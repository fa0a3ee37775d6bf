// Where the reader is in the timeline: at its end, and then whatever comes is brought into view, or further up, and
// then nothing moves under the reader's eyes.

/** So far from the end still counts as being there, in pixels. */
const NEAR_PX = 60;

export class Scroller {
  readonly #box: HTMLElement;
  readonly #moved: () => void;
  readonly #items: HTMLCollectionOf<HTMLElement>;
  #atEnd = true;
  /** How it stood at the last look. */
  #seen = { top: 0, width: 0, height: 0, whole: 0 };
  /** The first message that began in view then, and where on the screen. */
  #held: { item: HTMLElement; top: number } | undefined;

  /** `moved` is called when the reader comes to the end or leaves it. */
  constructor(box: HTMLElement, moved: () => void) {
    this.#box = box;
    this.#moved = moved;
    this.#items = box.getElementsByTagName('li');
    box.addEventListener('scroll', () => this.#look(), { passive: true });
    box.addEventListener('unfold', ({ target }) => this.#unfold(target as HTMLElement));
    // Whatever changes size, a list that grows or a box that a keyboard shrinks: it is one look before the next paint.
    const sizes = new ResizeObserver(() => {
      if (this.#atEnd) this.toEnd();
      else this.#hold();
    });
    for (const element of [box, ...box.children]) sizes.observe(element, { box: 'border-box' });
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  toEnd(): void {
    this.#go(this.#box.scrollHeight);
    this.#set(true);
  }

  /** Runs `change`, which adds or removes something above, and keeps in place what the reader sees. */
  keeping(change: () => void): void {
    const fromEnd = this.#box.scrollHeight - this.#box.scrollTop;
    change();
    this.#go(this.#box.scrollHeight - fromEnd);
  }

  /** Brings what the reader saw back to where it was: lines broke anew, or something above grew. */
  #hold(): void {
    const moved = this.#held?.item.isConnected ? topOf(this.#held.item) - this.#held.top : 0;
    if (Math.abs(moved) < 1) this.#note();
    else this.#go(this.#box.scrollTop + moved);
  }

  /** Keeps the visible part of an expanding text in place, even at the end of the timeline. */
  #unfold(text: HTMLElement): void {
    const item = text.closest('li')!;
    this.#held = { item, top: topOf(item) - text.scrollTop };
    this.#set(false);
    queueMicrotask(() => this.#hold()); // once it has expanded
  }

  #go(top: number): void {
    this.#box.scrollTop = top;
    this.#note();
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight, offsetWidth } = this.#box;
    // The event comes late, and not for the reader alone: what has grown at the end meanwhile is not his leaving, nor is
    // a box that grew, or contents that shrank, and so pushed them down. Only going up between the same walls is.
    const sameBox = clientHeight === this.#seen.height && offsetWidth === this.#seen.width;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#set(true);
    else if (scrollTop < this.#seen.top && sameBox && scrollHeight >= this.#seen.whole) this.#set(false);
    if (sameBox) this.#note(); // or a resize is going on, and what was held before it is to be held after it
  }

  #note(): void {
    const { scrollHeight, scrollTop, clientHeight, offsetWidth } = this.#box;
    this.#seen = { top: scrollTop, width: offsetWidth, height: clientHeight, whole: scrollHeight };
    const item = this.#firstInView();
    this.#held = item && { item, top: topOf(item) };
  }

  #firstInView(): HTMLElement | undefined {
    const edge = topOf(this.#box);
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (topOf(this.#items[middle]!) < edge) low = middle + 1;
      else high = middle;
    }
    return this.#items[low];
  }

  #set(atEnd: boolean): void {
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.#moved();
  }
}

const topOf = (element: Element): number => element.getBoundingClientRect().top;
