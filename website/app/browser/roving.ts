// Moves the keyboard focus between messages (roving tabindex): all messages are one tab stop, arrow keys, Home and End
// move between them, and Tab reaches only the controls of the focused message. Sets every tabindex in the message
// lists, also of elements that are added later.

const CONTROLS = 'a[href], button, input, textarea';

export class Roving {
  readonly #box: HTMLElement;
  readonly #items: HTMLCollectionOf<HTMLElement>;
  /** The message that is the tab stop. */
  #stop: HTMLElement | undefined;
  /** The message with the focus, on itself or on a control in it. */
  #focused: HTMLElement | undefined;

  /** @param box the scroll container; messages are the elements of class `message` in its lists. */
  constructor(box: HTMLElement) {
    this.#box = box;
    this.#items = box.getElementsByClassName('message') as HTMLCollectionOf<HTMLElement>;
    const changes = new MutationObserver((records) => {
      for (const record of records) {
        for (const node of record.addedNodes) this.#added(node);
        for (const node of record.removedNodes) this.#removed(node, record.nextSibling ?? record.previousSibling);
      }
      if (!this.#stop) this.#stopAt(this.#lastInView());
    });
    for (const list of box.querySelectorAll('ol')) changes.observe(list, { childList: true, subtree: true });
    box.addEventListener('focusin', ({ target }) => this.#enter(messageOf(target)));
    box.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget) this.#leave(messageOf(relatedTarget));
      // Deferred: removing the focused message also fires focusout, and #removed must run first.
      else setTimeout(() => this.#leave(messageOf(document.activeElement)));
    });
    box.addEventListener('keydown', (event) => this.#move(event));
    // Before Tab moves the focus here: it must not scroll to a message out of view.
    addEventListener('keydown', ({ key }) => {
      if (key === 'Tab' && !this.#focused) this.#stopAt(this.#lastInView());
    });
  }

  #added(node: Node): void {
    if (!(node instanceof HTMLElement) || !node.isConnected) return;
    if (messageOf(node) === node) node.tabIndex = node === this.#stop ? 0 : -1;
    const isReached = this.#focused?.contains(node) ?? false;
    if (node.matches(CONTROLS)) node.tabIndex = isReached ? 0 : -1;
    setControls(node, isReached);
  }

  /** Moves the focus and the tab stop from a removed message to a neighbour. */
  #removed(node: Node, neighbour: Node | null): void {
    if (node.isConnected || (node !== this.#stop && node !== this.#focused)) return;
    const beside = messageOf(neighbour);
    const next = beside?.isConnected ? beside : this.#lastInView();
    const hadFocus = node === this.#focused;
    this.#focused = undefined;
    this.#stopAt(next);
    if (hadFocus && document.activeElement === document.body) next?.focus({ preventScroll: true });
  }

  #stopAt(item: HTMLElement | undefined): void {
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = item;
    if (item) item.tabIndex = 0;
  }

  #enter(item: HTMLElement | undefined): void {
    if (!item || item === this.#focused) return;
    this.#focused = item;
    this.#stopAt(item);
    setControls(item, true);
  }

  #leave(to: HTMLElement | undefined): void {
    if (!this.#focused || to === this.#focused) return;
    setControls(this.#focused, false);
    this.#focused = undefined;
  }

  #move(event: KeyboardEvent): void {
    const { key, target, defaultPrevented, ctrlKey, altKey, metaKey, shiftKey } = event;
    if (!this.#focused || defaultPrevented || ctrlKey || altKey || metaKey || shiftKey) return;
    if (target instanceof Element && target.closest('input, textarea')) return;
    const next = this.#next(key, this.#focused);
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  }

  /** The message to focus; undefined: none, or the browser scrolls instead, as in a message taller than the box. */
  #next(key: string, from: HTMLElement): HTMLElement | undefined {
    if (key === 'Home') return this.#items[0];
    if (key === 'End') return this.#items[this.#items.length - 1];
    if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
    if (!this.#isInView(from)) return this.#lastInView();
    const [box, own] = [this.#box.getBoundingClientRect(), from.getBoundingClientRect()];
    if (key === 'ArrowUp' ? own.top < box.top - 1 : own.bottom > box.bottom + 1) return undefined;
    return this.#items[[...this.#items].indexOf(from) + (key === 'ArrowUp' ? -1 : 1)];
  }

  #isInView(item: HTMLElement): boolean {
    const [box, own] = [this.#box.getBoundingClientRect(), item.getBoundingClientRect()];
    return own.bottom > box.top && own.top < box.bottom;
  }

  /** The last message whose end is in view; if a message taller than the box fills it, that one. */
  #lastInView(): HTMLElement | undefined {
    const { bottom } = this.#box.getBoundingClientRect();
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#items[middle]!.getBoundingClientRect().bottom <= bottom) low = middle + 1;
      else high = middle;
    }
    const last = this.#items[low - 1];
    return last && this.#isInView(last) ? last : (this.#items[low] ?? last);
  }
}

const messageOf = (node: EventTarget | null): HTMLElement | undefined =>
  (node instanceof Element && node.closest<HTMLElement>('.message')) || undefined;

function setControls(within: HTMLElement, areReached: boolean): void {
  for (const control of within.querySelectorAll<HTMLElement>(CONTROLS)) control.tabIndex = areReached ? 0 : -1;
}
