// Keeps the scroll position of the timeline. While the reader is at the end, new messages scroll into view; otherwise
// the visible messages stay in place.

/** Within this distance of the end the reader counts as at the end, in pixels. */
const NEAR_PX = 60;

export class Scroller {
  readonly #box: HTMLElement;
  readonly #moved: () => void;
  readonly #items: HTMLCollectionOf<HTMLElement>;
  #atEnd = true;
  /** The scroll position and the sizes at the last check. */
  #seen = { top: 0, width: 0, height: 0, whole: 0 };
  /** The first message that began in view at that time, and its position on the screen. */
  #held: { item: HTMLElement; top: number } | undefined;

  /** `moved` is called when the reader reaches the end or leaves it. */
  constructor(box: HTMLElement, moved: () => void) {
    this.#box = box;
    this.#moved = moved;
    this.#items = box.getElementsByTagName('li');
    box.addEventListener('scroll', () => this.#look(), { passive: true });
    box.addEventListener('unfold', ({ target }) => this.#unfold(target as HTMLElement));
    // Runs before the next paint after any change of size, such as a growing list or a box that a keyboard shrinks.
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

  /** Runs `change`, which adds or removes something above the view, and keeps the visible messages in place. */
  keeping(change: () => void): void {
    const fromEnd = this.#box.scrollHeight - this.#box.scrollTop;
    change();
    this.#go(this.#box.scrollHeight - fromEnd);
  }

  /** Moves the held message back to its position, after lines were wrapped again or something above it grew. */
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
    // The event is late, and not only the reader causes it: contents that grew at the end, a box that grew and contents
    // that shrank also change the distance to the end. Only scrolling up with unchanged sizes leaves the end.
    const sameBox = clientHeight === this.#seen.height && offsetWidth === this.#seen.width;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#set(true);
    else if (scrollTop < this.#seen.top && sameBox && scrollHeight >= this.#seen.whole) this.#set(false);
    if (sameBox) this.#note(); // during a resize #hold() needs the position from before it
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
