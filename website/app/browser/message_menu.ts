// The action menu, shared by all messages: its position and which entries each user gets. The browser opens it through
// the `popovertarget` of the messages' buttons. Never changes a message.
import type { Message } from '@parlance/client';
import { wireArrows } from './arrows.ts';
import { one } from './dom.ts';

export interface MenuOptions {
  username: string;
  /** The username of the room's owner, who cannot be banned. */
  owner: string;
  /** Whether the reader may delete every message and ban users. */
  isModerator: boolean;
  /** The message with this id. */
  message(id: string): Message | undefined;
  /** Whether the reader has reacted to it with this emoji, as far as the page knows. */
  hasReacted(id: string, emoji: string): boolean;
  /** Called with 'edit', 'delete', 'ban', 'pick' or an emoji after the menu has closed and the focus has returned. */
  choose(message: Message, entry: string): void;
}

/** @param list holds the messages, each with its id in `data-id`. */
export function wireMenu(list: HTMLElement, options: MenuOptions): void {
  const menu = one('#menu');
  let message: Message | undefined;
  list.addEventListener('click', ({ target }) => {
    const button = (target as Element).closest<HTMLElement>('.more');
    if (button) message = open(menu, button, options); // before the browser opens it
  });
  menu.addEventListener('click', ({ target }) => {
    const entry = (target as Element).closest<HTMLElement>('button')?.dataset.entry;
    if (entry === undefined) return;
    menu.hidePopover();
    if (message) options.choose(options.message(message.id) ?? message, entry);
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget as Node)) menu.hidePopover();
  });
  wireArrows(menu);
}

function open(menu: HTMLElement, button: HTMLElement, options: MenuOptions): Message | undefined {
  const id = button.closest('li')!.dataset.id!;
  const message = options.message(id);
  const isOwn = message?.username === options.username;
  for (const entry of menu.querySelectorAll<HTMLElement>('[data-entry]')) {
    const name = entry.dataset.entry;
    if (name === 'edit') entry.hidden = !isOwn;
    else if (name === 'delete') entry.hidden = !isOwn && !options.isModerator;
    else if (name === 'ban') entry.hidden = isOwn || !options.isModerator || message?.username === options.owner;
    else if (name !== 'pick') entry.ariaPressed = String(options.hasReacted(id, name!));
  }
  const { left, bottom } = button.getBoundingClientRect();
  menu.style.setProperty('--x', `${left}px`); // CSS clamps it to the window
  menu.style.setProperty('--y', `${bottom}px`);
  return message;
}
