// Shows the messages that are not stored yet and sends them, also after a reload, always with the same id. A message
// that can never be stored shows the reason and can be edited or discarded; every other one stays until it is stored.
import { newMessageId, type RoomSocket, SendError } from '@parlance/client';
import { make } from './dom.ts';
import { sentence } from './explain.ts';
import { MessageItem } from './message_item.ts';
import type { Unsent, UnsentStore } from './unsent_store.ts';

/** A message stored sooner than this never shows that it is waiting, in milliseconds. */
const PATIENCE_MS = 700;

/** Codes after which a retry of the same message is pointless, with the text to show. */
const HOPELESS: Record<string, string> = {
  room_deleted: 'the room was deleted',
  room_not_found: 'the room was deleted',
  room_gone: 'the room was deleted',
  id_conflict: 'another message has its id',
  invalid_frame: 'the server does not accept it',
  invalid_json: 'the server does not accept it',
  queue_full: 'too many messages are waiting',
};

export interface UnsentOptions {
  store: UnsentStore;
  username: string;
  list: HTMLElement;
  /** The last stored message, which precedes the first unsent one. */
  tail(): MessageItem | undefined;
  /** Puts the text back into the composer. */
  edit(content: string): void;
}

export class UnsentList {
  readonly #options: UnsentOptions;
  readonly #items = new Map<string, MessageItem>();
  #socket: RoomSocket | undefined;
  /** The text shown at each waiting message. */
  #words = 'Not sent yet…';

  constructor(options: UnsentOptions) {
    this.#options = options;
    for (const message of options.store.all) this.#show(message);
  }

  /** Sends messages over this socket from now on, the waiting ones first. */
  attach(socket: RoomSocket): void {
    this.#socket = socket;
    socket.on('state', () => this.#say('Not sent yet…'));
    socket.on('refused', ({ code }) => {
      if (code === 'rate_limited') this.#say('Sending too fast. Waiting a few seconds…');
    });
    for (const message of this.#options.store.all) if (message.refused === undefined) void this.#send(message);
  }

  /** Whether a message that can still be sent has been waiting for longer than PATIENCE_MS. */
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

  /** Call when the message is stored, or discarded: removes it here. */
  settle(id: string): void {
    if (this.#options.store.remove(id)) this.#hide(id);
  }

  /** Call when the last stored message has changed: updates days and groups. */
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
      if (why === undefined || !this.#items.has(message.id)) return; // it stays, and is sent again after a reload
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
