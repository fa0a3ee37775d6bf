// One room in the list of rooms.
import type { Room } from '@parlance/client';
import { make } from './dom.ts';
import { dateText, plural } from './time.ts';

/** The URL of a room's page. */
export const roomUrl = (name: string): string => `/rooms/${encodeURIComponent(name)}`;

/** A list item with a link, and with a delete button if `remove` is given. `isOwn`: the reader owns the room. */
export function roomItem(
  room: Room,
  isOwn: boolean,
  remove?: (room: Room, item: HTMLElement) => Promise<void>,
): HTMLLIElement {
  const link = make('a', 'room-link', room.name);
  link.href = roomUrl(room.name);
  link.dir = 'auto';
  const created = make('time', '', dateText(new Date(room.createdAt)));
  created.dateTime = room.createdAt;
  const by = isOwn ? 'you' : make('bdi', '', room.owner);
  const about = make('p', 'hint', `${plural(room.messageCount, 'message')} · opened by `, by, ' on ', created);
  const item = make('li', 'room-item card', make('div', 'room-text', link, about));
  if (remove) {
    const button = make('button', 'quiet', 'Delete');
    button.type = 'button';
    button.ariaLabel = `Delete ${room.name}`;
    button.addEventListener('click', () => void remove(room, item));
    item.append(button);
  }
  return item;
}
