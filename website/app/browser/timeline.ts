// The stored messages on the page, each once, in the order of seq, whichever way and in whatever order they came.
import type { Message } from '@parlance/client';
import { MessageItem } from './message_item.ts';

interface Entry {
  seq: number;
  own: boolean;
  item: MessageItem;
}

export class Timeline {
  readonly #list: HTMLElement;
  readonly #username: string;
  #entries: Entry[] = [];
  #namedOn = new Date().toDateString();

  constructor(list: HTMLElement, username: string) {
    this.#list = list;
    this.#username = username;
  }

  get size(): number {
    return this.#entries.length;
  }
  /** The smallest seq shown. */
  get oldest(): number | undefined {
    return this.#entries[0]?.seq;
  }
  /** The largest seq shown. */
  get newest(): number | undefined {
    return this.#entries.at(-1)?.seq;
  }
  /** The message at the end. */
  get tail(): MessageItem | undefined {
    return this.#entries.at(-1)?.item;
  }

  /** The first message of somebody else with a greater seq, and how many there are. */
  othersAfter(than: number): [first: HTMLElement | undefined, count: number] {
    const others = this.#entries.filter(({ seq, own }) => seq > than && !own);
    return [others[0]?.item.element, others.length];
  }

  /** Shows those messages that are not shown yet. @returns whether there were any. */
  add(messages: readonly Message[]): boolean {
    return messages.filter((message) => this.#insert(message)).length > 0;
  }

  clear(): void {
    this.trim(0);
  }

  /** Removes the oldest, so that at most `keep` stay. */
  trim(keep: number): void {
    const gone = this.#entries.splice(0, Math.max(0, this.#entries.length - keep));
    for (const { item } of gone) item.element.remove();
    this.#follow(0);
  }

  /** Names the days anew where it is another day by now: what was today is yesterday after midnight. */
  renameDays(): void {
    const today = new Date().toDateString();
    if (today === this.#namedOn) return;
    this.#namedOn = today;
    this.#entries.forEach(({ item }, index) => {
      item.follow(this.#entries[index - 1]?.item);
    });
  }

  #insert(message: Message): boolean {
    // From the end, where nearly all of them belong.
    let index = this.#entries.length;
    while (index > 0 && this.#entries[index - 1]!.seq > message.seq) index--;
    const before = this.#entries[index - 1];
    if (before?.seq === message.seq) return false;
    const after = this.#entries[index];
    const own = message.username === this.#username;
    const item = new MessageItem(message, own);
    item.follow(before?.item);
    this.#entries.splice(index, 0, { seq: message.seq, own, item });
    this.#list.insertBefore(item.element, after?.item.element ?? null);
    this.#follow(index + 1);
    return true;
  }

  /** Another message stands before this one, and so perhaps another begins what stands together. */
  #follow(from: number): void {
    let index = from;
    while (this.#entries[index]?.item.follow(this.#entries[index - 1]?.item)) index++;
  }
}
