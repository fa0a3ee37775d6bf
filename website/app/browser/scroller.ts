// Where the reader is in the timeline: at its end, and then whatever comes is brought into view, or further up, and
// then nothing moves under the reader's eyes.

/** So far from the end still counts as being there, in pixels. */
const NEAR_PX = 60;

export class Scroller {
  readonly #box: HTMLElement;
  readonly #moved: () => void;
  #atEnd = true;
  #top = 0;

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
    this.#top = this.#box.scrollTop;
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    // The event comes late: what has grown at the end meanwhile is not the reader's leaving, only going up is.
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#set(true);
    else if (scrollTop < this.#top) this.#set(false);
    this.#top = scrollTop;
  }

  #set(atEnd: boolean): void {
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.#moved();
  }
}
