// Where the reader is in the timeline: at its end, and then whatever comes is brought into view, or further up, and
// then nothing moves under the reader's eyes.

/** So far from the end still counts as being there, in pixels. */
const NEAR_PX = 60;

export class Scroller {
  readonly #box: HTMLElement;
  readonly #moved: () => void;
  #atEnd = true;
  /** How it stood at the last look. */
  #seen = { top: 0, height: 0, whole: 0 };

  /** `moved` is called when the reader comes to the end or leaves it. */
  constructor(box: HTMLElement, moved: () => void) {
    this.#box = box;
    this.#moved = moved;
    box.addEventListener('scroll', () => this.#look(), { passive: true });
    // Whatever changes size, a list that grows or a box that a keyboard shrinks: it is one look before the next paint.
    const sizes = new ResizeObserver(() => {
      if (this.#atEnd) this.toEnd();
    });
    for (const element of [box, ...box.children]) sizes.observe(element);
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

  #go(top: number): void {
    this.#box.scrollTop = top;
    this.#note();
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    // The event comes late, and not for the reader alone: what has grown at the end meanwhile is not his leaving, nor is
    // a box that grew, or contents that shrank, and so pushed them down. Only going up between the same walls is.
    const sameWalls = clientHeight === this.#seen.height && scrollHeight >= this.#seen.whole;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#set(true);
    else if (scrollTop < this.#seen.top && sameWalls) this.#set(false);
    this.#note();
  }

  #note(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    this.#seen = { top: scrollTop, height: clientHeight, whole: scrollHeight };
  }

  #set(atEnd: boolean): void {
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.#moved();
  }
}
