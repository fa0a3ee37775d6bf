// Where the reader is in the timeline: at its end, and then new messages come into view, or further up, and then
// nothing moves under the reader's eyes.

/** So far from the end still counts as being there, in pixels. */
const NEAR_PX = 60;

export class Scroller {
  readonly #box: HTMLElement;
  readonly #moved: () => void;
  #atEnd = true;
  #frame = 0;

  /** `moved` is called when the reader comes to the end or leaves it. */
  constructor(box: HTMLElement, moved: () => void) {
    this.#box = box;
    this.#moved = moved;
    box.addEventListener('scroll', () => this.#look(), { passive: true });
    // The box shrinks when a phone's keyboard comes up or the composer grows; the last message stays in view.
    new ResizeObserver(() => this.follow()).observe(box);
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** Call after something was added at the end: brings it into view for a reader who is there. */
  follow(): void {
    if (!this.#atEnd) return;
    cancelAnimationFrame(this.#frame); // a burst of messages is one layout
    this.#frame = requestAnimationFrame(() => {
      if (this.#atEnd) this.#box.scrollTop = this.#box.scrollHeight;
    });
  }

  toEnd(): void {
    this.#set(true);
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** Runs `change`, which adds or removes something above, and keeps in place what the reader sees. */
  keeping(change: () => void): void {
    const fromEnd = this.#box.scrollHeight - this.#box.scrollTop;
    change();
    this.#box.scrollTop = this.#box.scrollHeight - fromEnd;
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    this.#set(scrollHeight - scrollTop - clientHeight < NEAR_PX);
  }

  #set(atEnd: boolean): void {
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.#moved();
  }
}
