// The stored messages on the page, ordered by seq. The only module that folds pages and events into message states;
// shows each change in place. Never sends a request.
import {
  applyEvent,
  isRoomEvent,
  type Message,
  type MessagePage,
  type Timeline as Messages,
  mergePage,
  type RoomEvents,
} from '@parlance/client';
import { MessageItem } from './message_item.ts';

type Event = RoomEvents['event'];

export class Timeline {
  readonly #list: HTMLElement;
  readonly #username: string;
  readonly #items = new Map<string, MessageItem>();
  #messages: Messages = [];
  /** The events received since a page was requested. */
  #since: Event[] | undefined;
  #namedOn = new Date().toDateString();

  constructor(list: HTMLElement, username: string) {
    this.#list = list;
    this.#username = username;
  }

  get size(): number {
    return this.#messages.length;
  }
  /** The smallest seq shown. */
  get oldest(): number | undefined {
    return this.#messages[0]?.seq;
  }
  /** The largest seq shown. */
  get newest(): number | undefined {
    return this.#messages.at(-1)?.seq;
  }
  /** The message at the end. */
  get tail(): MessageItem | undefined {
    return this.#itemAt(this.#messages.length - 1);
  }
  /** The reader's own newest message that has a text. */
  get newestOwn(): Message | undefined {
    return this.#messages.findLast(({ username, content }) => username === this.#username && content !== undefined);
  }

  message(id: string): Message | undefined {
    return this.#messages.findLast((message) => message.id === id);
  }

  item(id: string): MessageItem | undefined {
    return this.#items.get(id);
  }

  /** The first message of another user with a greater seq and a text, and the number of such messages. */
  othersAfter(than: number): [first: HTMLElement | undefined, count: number] {
    const others = this.#messages.filter(
      ({ seq, username, content }) => seq > than && username !== this.#username && content !== undefined,
    );
    return [others[0] && this.#items.get(others[0].id)?.element, others.length];
  }

  /** Call before a page is requested: add() folds in the events received until then. */
  asked(): void {
    this.#since = [];
  }

  /** Merges the requested page. */
  add(page: MessagePage): void {
    this.#show(mergePage(this.#messages, page, this.#since));
    this.#since = undefined;
  }

  /** Applies the next event of the log. @returns the message if this event gave it its first text. */
  apply(event: Event): Message | undefined {
    this.#since?.push(event);
    if (!isRoomEvent(event)) return undefined;
    const id = event.type === 'message.created' ? event.id : event.messageId;
    const before = this.message(id);
    this.#show(applyEvent(this.#messages, event));
    if ('emoji' in event && event.username === this.#username)
      this.#items.get(id)?.reactions.remember(event.emoji, event.type === 'reaction.added');
    const after = this.message(id);
    return before?.content === undefined && after?.content !== undefined ? after : undefined;
  }

  /** Merges the state that a request returned, if the message is shown. */
  update(message: Message): void {
    if (this.#items.has(message.id)) this.#show(mergePage(this.#messages, { messages: [message] }));
  }

  clear(): void {
    this.trim(0);
  }

  /** Removes the oldest messages and keeps the newest `keep`. */
  trim(keep: number): void {
    const count = Math.max(0, this.size - keep);
    for (const { id } of this.#messages.slice(0, count)) {
      this.#items.get(id)?.element.remove();
      this.#items.delete(id);
    }
    this.#messages = this.#messages.slice(count);
    this.#follow(0);
  }

  /** Updates the day names when the date has changed: after midnight 'Today' becomes 'Yesterday'. */
  renameDays(): void {
    const today = new Date().toDateString();
    if (today === this.#namedOn) return;
    this.#namedOn = today;
    for (let index = 0; index < this.size; index++) this.#itemAt(index)?.follow(this.#itemAt(index - 1));
  }

  #show(messages: Messages): void {
    if (messages === this.#messages) return;
    this.#messages = messages;
    const changed: number[] = [];
    let after: HTMLElement | null = null;
    for (let index = messages.length - 1; index >= 0; index--) {
      const message = messages[index]!;
      let item = this.#items.get(message.id);
      if (!item) {
        item = new MessageItem(message, this.#username);
        this.#items.set(message.id, item);
        this.#list.insertBefore(item.element, after);
        changed.push(index);
      } else if (item.show(message)) changed.push(index);
      after = item.element;
    }
    for (const index of changed.reverse()) {
      this.#itemAt(index)?.follow(this.#itemAt(index - 1));
      this.#follow(index + 1);
    }
  }

  /** Updates the grouping of a message whose predecessor changed, and of the next ones as long as it changes. */
  #follow(from: number): void {
    let index = from;
    while (this.#itemAt(index)?.follow(this.#itemAt(index - 1))) index++;
  }

  #itemAt(index: number): MessageItem | undefined {
    const message = this.#messages[index];
    return message && this.#items.get(message.id);
  }
}
