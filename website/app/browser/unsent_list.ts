// Shows the messages that are not stored yet and sends them, again after a reload too, always with the same id. What
// can never succeed says why and is the reader's to edit or discard; everything else stays until it is stored.
import { newMessageId, type RoomSocket, SendError } from '@parlance/client';
import { make } from './dom.ts';
import { sentence } from './explain.ts';
import { MessageItem } from './message_item.ts';
import type { Unsent, UnsentStore } from './unsent_store.ts';

/** A message that is stored sooner than this never says that it is under way, in milliseconds. */
const PATIENCE_MS = 700;

/** Codes after which sending the same message again is pointless, with what to say. */
const HOPELESS: Record<string, string> = {
  room_deleted: 'the room was deleted',
  room_not_found: 'the room was deleted',
  room_gone: 'the room was deleted',
  id_conflict: 'another message has its id',
  invalid_frame: 'the server does not take it as it is',
  invalid_json: 'the server does not take it as it is',
  queue_full: 'too many messages are waiting already',
};

export interface UnsentOptions {
  store: UnsentStore;
  username: string;
  list: HTMLElement;
  /** The stored message after which the first of these stands. */
  tail(): MessageItem | undefined;
  /** Hands the text back to be written anew. */
  edit(content: string): void;
}

export class UnsentList {
  readonly #options: UnsentOptions;
  readonly #items = new Map<string, MessageItem>();
  #socket: RoomSocket | undefined;
  /** What is said of those that wait. */
  #words = 'Not sent yet…';

  constructor(options: UnsentOptions) {
    this.#options = options;
    for (const message of options.store.all) this.#show(message);
  }

  /** From now on messages go out by this socket; first those that wait. */
  attach(socket: RoomSocket): void {
    this.#socket = socket;
    socket.on('state', () => this.#say('Not sent yet…'));
    socket.on('refused', ({ code }) => {
      if (code === 'rate_limited') this.#say('Too fast: goes out in some seconds.');
    });
    for (const message of this.#options.store.all) if (message.refused === undefined) void this.#send(message);
  }

  /** Whether something has not gone out for so long that it says so, and still may. */
  get waiting(): boolean {
    const since = Date.now() - PATIENCE_MS;
    const waits = ({ refused, timestamp }: Unsent) => refused === undefined && Date.parse(timestamp) < since;
    return this.#socket?.state !== 'closed' && this.#options.store.all.some(waits);
  }

  /** Sends a new message. */
  add(content: string): void {
    const message = { id: newMessageId(), content, timestamp: new Date().toISOString() };
    this.#options.store.put(message);
    this.#show(message);
    void this.#send(message);
  }

  /** The message is stored: nothing of it stays here. */
  settle(id: string): void {
    if (this.#options.store.remove(id)) this.#hide(id);
  }

  /** Call when another message stands before these: days and groups may look different now. */
  follow(): void {
    let before = this.#options.tail();
    for (const item of this.#items.values()) {
      item.follow(before);
      before = item;
    }
  }

  async #send(message: Unsent): Promise<void> {
    if (!this.#socket) return;
    try {
      const { id } = await this.#socket.send(message.content, { id: message.id }).stored;
      this.settle(id);
    } catch (error) {
      const why = error instanceof SendError ? HOPELESS[error.code] : undefined;
      if (why === undefined || !this.#items.has(message.id)) return; // it stays, and goes out after a reload
      const refused = { ...message, refused: sentence(`not sent: ${why}`) };
      this.#options.store.put(refused);
      this.#hide(message.id);
      this.#show(refused);
    }
  }

  #show(message: Unsent): void {
    const { username } = this.#options;
    const item = new MessageItem({ ...message, username }, username);
    item.element.classList.add('unsent');
    this.#items.set(message.id, item);
    this.follow();
    if (message.refused !== undefined) item.element.append(this.#refusal(message, message.refused));
    else setTimeout(() => item.element.append(make('p', 'outcome waits', this.#words)), PATIENCE_MS);
    this.#options.list.append(item.element);
  }

  #say(words: string): void {
    this.#words = words;
    for (const outcome of this.#options.list.querySelectorAll('.waits')) outcome.textContent = words;
  }

  #refusal(message: Unsent, text: string): HTMLElement {
    const edit = make('button', 'quiet edit', 'Edit');
    const discard = make('button', 'quiet', 'Discard');
    edit.type = discard.type = 'button';
    edit.addEventListener('click', () => {
      this.settle(message.id);
      this.#options.edit(message.content);
    });
    discard.addEventListener('click', () => this.settle(message.id));
    const outcome = make('p', 'outcome refused', make('span', '', text), edit, discard);
    outcome.role = 'alert';
    return outcome;
  }

  #hide(id: string): void {
    this.#items.get(id)?.element.remove();
    this.#items.delete(id);
    this.follow();
  }
}
