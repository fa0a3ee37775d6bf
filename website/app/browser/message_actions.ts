// Edits, deletes and reacts to messages: sends the requests and shows errors beside the message. The page
// receives the changes as events, like every other page. Fetched when it is first used (see actions_on_demand.ts).
import type { Message } from '@parlance/client';
import { announce } from './announcer.ts';
import { confirmIn } from './confirm_dialog.ts';
import { make, one } from './dom.ts';
import { Editor } from './editor.ts';
import { pickEmoji } from './emoji_picker.ts';
import { explain } from './explain.ts';
import { wireMenu } from './message_menu.ts';
import type { Moderation } from './moderation.ts';
import { client } from './session.ts';
import type { Timeline } from './timeline.ts';

export interface ActionsOptions {
  room: string;
  username: string;
  owner: string;
  /** Present if the reader may delete every message and ban users. */
  moderation: Moderation | undefined;
  timeline: Timeline;
  list: HTMLElement;
}

export class MessageActions {
  readonly #options: ActionsOptions;
  /** The open editors, by the ids of their messages. */
  readonly #editors = new Map<string, Editor>();
  /** The pending reaction requests, by message and emoji. */
  readonly #reacting = new Set<string>();
  #explained: string | undefined;

  constructor(options: ActionsOptions) {
    const { list, timeline } = options;
    this.#options = options;
    wireMenu(list, {
      ...options,
      isModerator: options.moderation !== undefined,
      message: (id) => timeline.message(id),
      hasReacted: (id, emoji) => this.#hasReacted(id, emoji),
      choose: (message, entry) => {
        if (entry === 'edit') this.edit(message);
        else if (entry === 'delete') void this.#delete(message);
        else if (entry === 'ban') void this.#ban(message);
        else if (entry === 'pick') void this.#pick(message);
        else void this.#react(message, entry);
      },
    });
    list.addEventListener('click', ({ target }) => {
      const chip = (target as Element).closest<HTMLElement>('.chip');
      const message = timeline.message(chip?.closest('li')?.dataset.id ?? '');
      if (chip && message) void this.#react(message, chip.dataset.emoji!);
    });
  }

  /** Opens an editor in place of the text. */
  edit(message: Message): void {
    const { room, timeline } = this.#options;
    const { id } = message;
    const from = document.activeElement;
    if (message.content === undefined) return;
    if (!this.#editors.has(id)) {
      const editor = new Editor({
        room,
        message,
        updated: (state) => timeline.update(state),
        done: (isSaved) => {
          if (this.#editors.get(id) !== editor) return; // cancelled while saving
          const hadFocus = editor.element.contains(document.activeElement) || document.activeElement === document.body;
          editor.element.remove();
          this.#editors.delete(id);
          if (hadFocus) this.#focus(id, from);
          if (isSaved) announce('The message is saved.');
        },
      });
      this.#editors.set(id, editor);
      timeline.item(id)?.edit(editor.element);
    }
    this.#editors.get(id)!.focus();
  }

  /** Call after messages were removed and rendered again: reattaches the open editors with their drafts. */
  restore(): void {
    for (const [id, { element }] of this.#editors) {
      if (!element.isConnected) this.#options.timeline.item(id)?.edit(element);
    }
  }

  async #delete({ id, username, content = '' }: Message): Promise<void> {
    const from = document.activeElement;
    one('[data-delete-message]').replaceChildren(make('bdi', 'name', username), make('p', '', content));
    const isGone = await confirmIn('delete', () => client.deleteMessage(this.#options.room, id));
    one('[data-delete-message]').replaceChildren();
    this.#focus(id, from);
    if (isGone) announce('The message is deleted.');
  }

  async #ban({ id, username }: Message): Promise<void> {
    const from = document.activeElement;
    this.#explain(id, '');
    try {
      await this.#options.moderation?.ban(username);
    } catch (error) {
      this.#explain(id, explain(error));
    }
    this.#focus(id, from);
  }

  async #pick(message: Message): Promise<void> {
    const from = document.activeElement;
    const emoji = await pickEmoji();
    this.#focus(message.id, from);
    if (emoji !== undefined) await this.#react(this.#options.timeline.message(message.id) ?? message, emoji);
  }

  #hasReacted(id: string, emoji: string): boolean {
    return this.#options.timeline.item(id)?.reactions.isMine(emoji) ?? false;
  }

  /** Adds the user's reaction, or removes it if it exists. */
  async #react({ id }: Message, emoji: string): Promise<void> {
    const { room, timeline } = this.#options;
    const key = `${id} ${emoji}`;
    if (this.#reacting.has(key)) return;
    const hasIt = this.#hasReacted(id, emoji);
    this.#reacting.add(key);
    timeline.item(id)?.reactions.setBusy(emoji, true);
    this.#explain(id, '');
    try {
      await (hasIt ? client.removeReaction(room, id, emoji) : client.addReaction(room, id, emoji));
      timeline.item(id)?.reactions.remember(emoji, !hasIt);
      announce(hasIt ? `You removed your reaction ${emoji}.` : `You reacted with ${emoji}.`);
    } catch (error) {
      this.#explain(id, explain(error));
    }
    timeline.item(id)?.reactions.setBusy(emoji, false);
    this.#reacting.delete(key);
  }

  /** Shows an error beside the message and removes the previous one; '' shows none. */
  #explain(id: string, text: string): void {
    if (this.#explained !== undefined) this.#options.timeline.item(this.#explained)?.explain('');
    this.#options.timeline.item(id)?.explain(text);
    this.#explained = id;
  }

  /** Restores the focus to `from`, or moves it to the message if `from` cannot take it. */
  #focus(id: string, from: Element | null): void {
    if (from instanceof HTMLElement) from.focus();
    if (document.activeElement !== from) this.#options.timeline.item(id)?.element.focus({ preventScroll: true });
  }
}
