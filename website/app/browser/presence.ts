// Shows which users are in the room and which are typing. On a phone the list of people opens and closes.
import type { RoomSocket } from '@parlance/client';
import { make, one } from './dom.ts';
import { avatar } from './message_item.ts';

const byName = new Intl.Collator(undefined, { sensitivity: 'base' }).compare;

/** Updates the list of people, their number and the typing line from the events of the socket. */
export function showPresence(socket: RoomSocket, username: string): void {
  const counts = document.querySelectorAll('[data-member-count]');
  const list = one('[data-members]');
  const rest = one('[data-members-more]');
  const typing = one('[data-typing]');
  let frame = 0;
  const draw = () => {
    cancelAnimationFrame(frame); // many joins are drawn once
    frame = requestAnimationFrame(() => {
      const over = socket.state === 'closed'; // the members are unknown then
      const names = over ? [] : [...socket.members].sort(byName);
      list.replaceChildren(...names.map((name) => person(name, name === username)));
      for (const count of counts) count.textContent = over ? '' : socket.memberCount.toLocaleString();
      const more = over ? 0 : socket.memberCount - names.length;
      rest.textContent = more > 0 ? `and ${more.toLocaleString()} more` : '';
    });
  };
  socket.on('joined', draw);
  socket.on('presence', draw);
  socket.on('closed', draw);
  socket.on('typing', ({ usernames }) => {
    typing.textContent = typingText(usernames.filter((name) => name !== username));
  });
  socket.on('state', ({ state }) => {
    if (state !== 'open') typing.textContent = '';
  });
  wireToggle();
}

function person(name: string, self: boolean): HTMLLIElement {
  const item = make('li', 'person', avatar(name), make('bdi', '', name));
  if (self) item.append(make('span', 'hint', '(you)'));
  return item;
}

/** 'bob is typing…', 'bob and cid are typing…', 'Several people are typing…', or nothing. */
export function typingText(names: readonly string[]): string {
  if (names.length === 0) return '';
  if (names.length > 3) return 'Several people are typing…';
  const listed = new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
  return `${listed} ${names.length === 1 ? 'is' : 'are'} typing…`;
}

function wireToggle(): void {
  const toggle = one<HTMLButtonElement>('[data-people-toggle]');
  const panel = one('[data-people]');
  const open = (shown: boolean) => {
    panel.toggleAttribute('data-open', shown);
    toggle.setAttribute('aria-expanded', String(shown));
  };
  toggle.addEventListener('click', () => open(!panel.hasAttribute('data-open')));
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !panel.hasAttribute('data-open')) return;
    open(false);
    toggle.focus();
  });
  addEventListener('pointerdown', ({ target }) => {
    if (![panel, toggle].some((element) => element.contains(target as Node))) open(false);
  });
}
