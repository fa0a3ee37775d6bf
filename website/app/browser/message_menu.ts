// The menu of a message, one for all of them: where it opens and what it offers for whom. The browser opens and closes
// it, by the `popovertarget` of the messages' buttons. Does nothing to messages.
import type { Message } from '@parlance/client';
import { wireArrows } from './arrows.ts';
import { one } from './dom.ts';

export interface MenuOptions {
  username: string;
  /** Whether the reader may delete every message. */
  isOwner: boolean;
  /** The message whose button was pressed. */
  message(id: string): Message | undefined;
  /** Whether the reader has reacted to it with this emoji, as far as the page knows. */
  hasReacted(id: string, emoji: string): boolean;
  /** An entry was chosen: 'edit', 'delete', 'pick' or an emoji. The menu is closed, and the focus is back. */
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
    else if (name === 'delete') entry.hidden = !isOwn && !options.isOwner;
    else if (name !== 'pick') entry.ariaPressed = String(options.hasReacted(id, name!));
  }
  const { left, bottom } = button.getBoundingClientRect();
  menu.style.setProperty('--x', `${left}px`); // the styles keep it within the window
  menu.style.setProperty('--y', `${bottom}px`);
  return message;
}
