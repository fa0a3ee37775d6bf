// One message on the page: its elements, its current state, and its grouping with the previous message.
// Never sends a request.
import type { Message } from '@parlance/client';
import { make } from './dom.ts';
import { folded } from './fold.ts';
import { linkified } from './links.ts';
import { ReactionRow } from './reaction_row.ts';
import { dayName, sameDay, timeElement } from './time.ts';

/** Consecutive messages of one user within this time form a group under the time of the first; in milliseconds. */
const TOGETHER_MS = 5 * 60_000;
const TINTS = 8;
const ONLY_EMOJI = /^\p{RGI_Emoji}{1,3}$/v;

/** A stored message, or one that is not stored yet. */
export type Shown = Pick<Message, 'id' | 'username' | 'timestamp'> & Partial<Message>;

export class MessageItem {
  readonly element: HTMLLIElement;
  readonly reactions: ReactionRow;
  readonly #moment: Date;
  readonly #day = make('p', 'day');
  readonly #head: HTMLElement;
  readonly #more = make('button', 'more');
  #message: Shown;
  #edited: HTMLElement | undefined;
  #text: HTMLElement;
  #fold: HTMLElement | undefined;
  #explanation: HTMLElement | undefined;
  /** When the group of this message began: the time of its first message. */
  #begun = Number.NaN;

  /** @param username the user of the page. */
  constructor(message: Shown, username: string) {
    const { id, timestamp } = message;
    const isOwn = message.username === username;
    this.#message = { id, username: message.username, timestamp };
    this.#moment = new Date(timestamp);
    this.reactions = new ReactionRow(username);
    this.reactions.element.id = `reactions-${id}`;
    const name = isOwn ? make('span', 'visually-hidden', 'You') : make('bdi', 'name', message.username);
    this.#head = make('p', 'head', name, ' ', timeElement(this.#moment));
    this.#head.id = `head-${id}`;
    this.#text = make('p');
    this.element = make('li', isOwn ? 'message own' : 'message', this.#day, avatar(message.username), this.#head);
    this.element.append(this.#text, this.reactions.element);
    this.element.dataset.id = id;
    // Its accessible name, which screen readers announce on focus: author, time, text and reactions.
    this.element.setAttribute('aria-labelledby', `head-${id} text-${id} reactions-${id}`);
    if (message.seq !== undefined) {
      this.#more.type = 'button';
      this.#more.ariaLabel = 'Actions';
      this.#more.setAttribute('popovertarget', 'menu');
      this.element.append(this.#more);
    }
    this.#showText(message);
    this.show(message);
  }

  /**
   * Shows a new state of the message and keeps the focus within it.
   * @returns whether follow() must be called again.
   */
  show(message: Shown): boolean {
    const before = this.#message;
    if (message === before) return false;
    this.#message = message;
    const hadFocus = this.element.contains(document.activeElement);
    const isEdited = message.editedAt !== before.editedAt;
    if (message.content !== before.content || message.deletedAt !== before.deletedAt) this.#showText(message);
    if (isEdited) this.#showEdited(message.editedAt);
    if (message.reactions !== before.reactions) this.reactions.show(message.reactions ?? []);
    if (message.deletedAt !== undefined) this.#more.remove();
    if (hadFocus && !this.element.contains(document.activeElement)) this.element.focus({ preventScroll: true });
    return isEdited;
  }

  /** Shows an editor in place of the text, until it is removed. */
  edit(editor: HTMLElement): void {
    this.#text.before(editor);
  }

  /** Shows the error of an action on this message; '' removes it. */
  explain(text: string): void {
    this.#explanation?.remove();
    if (text === '') return;
    this.#explanation = make('p', 'error outcome', text);
    this.#explanation.role = 'alert';
    this.element.append(this.#explanation);
  }

  /**
   * Shows what depends on the previous message: the day's name, and whether this message belongs to its group.
   * @returns whether follow() must be called on the next message too.
   */
  follow(before: MessageItem | undefined): boolean {
    const newDay = !before || !sameDay(before.#moment, this.#moment);
    this.#day.textContent = newDay ? dayName(this.#moment) : '';
    const together =
      !newDay &&
      before.#message.username === this.#message.username &&
      this.#moment.getTime() - before.#begun < TOGETHER_MS;
    this.element.classList.toggle('together', together && !this.#edited); // grouping hides the edited mark
    const begun = together ? before.#begun : this.#moment.getTime();
    const changed = begun !== this.#begun;
    this.#begun = begun;
    return changed;
  }

  #showText({ id, username, content, deletedAt, deletedBy }: Shown): void {
    const text = make('p');
    if (deletedAt !== undefined) {
      text.className = 'tombstone';
      text.append('Message deleted');
      if (deletedBy !== undefined && deletedBy !== username) text.append(' by ', make('bdi', '', deletedBy));
    } else {
      text.className = ONLY_EMOJI.test(content ?? '') ? 'bubble emoji' : 'bubble';
      text.append(...linkified(content ?? '…')); // text withdrawn: an edit or a deletion follows
      text.dir = 'auto';
    }
    text.id = `text-${id}`;
    text.title = this.#head.querySelector('time')!.title;
    const isOpen = this.#fold?.ariaExpanded === 'true';
    this.#fold?.remove();
    this.#text.replaceWith(text);
    this.#text = text;
    this.#fold = folded(text, isOpen);
    if (this.#fold) text.after(this.#fold);
  }

  #showEdited(editedAt: string | undefined): void {
    this.#edited?.remove();
    this.#edited = undefined;
    if (editedAt === undefined) return;
    const time = timeElement(new Date(editedAt));
    time.title = `Edited ${time.title}`;
    time.textContent = 'edited';
    this.#edited = make('span', 'edited', ' · ', time);
    this.#head.append(this.#edited);
  }
}

/**
 * A disc with the first letter, in a colour computed from the username. CSS draws the letter, so that it is not copied
 * with the messages.
 */
export function avatar(username: string): HTMLElement {
  let hash = 0;
  for (const character of username.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  const disc = make('span', `avatar tint-${hash % TINTS}`);
  disc.dataset.letter = username.charAt(0).toUpperCase();
  disc.ariaHidden = 'true';
  return disc;
}
