// Shows the state of the live connection: nothing while it is open, otherwise a line that says what happens next.
import type { RoomEvents, RoomSocket, RoomState } from '@parlance/client';
import { one } from './dom.ts';
import { loginUrl } from './session.ts';

/** A reconnect faster than this is not shown, in milliseconds. */
const PATIENCE_MS = 800;
/** How long 'Connected again.' is shown, in milliseconds. */
const RELIEF_MS = 2_000;

/** Shows the state of the socket until it is closed, and then why it closed. */
export function showConnection(socket: RoomSocket): void {
  const line = one('[data-connection]');
  const live = one('[data-live]');
  const text = one('[data-connection-text]'); // a live region: changes only when the state does
  const next = one('[data-connection-next]');
  const reconnect = one<HTMLButtonElement>('[data-reconnect]');
  let later: ReturnType<typeof setTimeout> | undefined;
  let ticking: ReturnType<typeof setInterval> | undefined;
  let notLiveSince = Date.now();

  const say = (state: RoomState, words: string, at = 0) => {
    clearTimeout(later);
    later = setTimeout(
      () => {
        line.dataset.state = state;
        if (text.textContent !== words) text.textContent = words;
      },
      Math.max(0, at - Date.now()),
    );
  };

  const show = ({ state, retryInMs = 0 }: RoomEvents['state']) => {
    const troubled = text.textContent !== '';
    if (live.hidden !== (state !== 'open')) notLiveSince = Date.now();
    clearInterval(ticking);
    next.textContent = '';
    live.hidden = state !== 'open';
    reconnect.hidden = state !== 'waiting';
    if (state === 'open') {
      say(state, troubled ? 'Connected again.' : '');
      if (troubled) later = setTimeout(() => say(state, ''), RELIEF_MS);
    } else if (state === 'connecting') {
      if (troubled) next.textContent = 'Reconnecting…';
      else say(state, 'Connecting…', notLiveSince + PATIENCE_MS);
    } else if (state === 'waiting') {
      say(state, navigator.onLine ? 'Connection lost.' : 'You are offline.', notLiveSince + PATIENCE_MS);
      const until = Date.now() + retryInMs;
      const tick = () => {
        next.textContent = `Next try in ${Math.max(1, Math.ceil((until - Date.now()) / 1000))} s.`;
      };
      tick();
      ticking = setInterval(tick, 1000);
    }
  };

  socket.on('state', show);
  socket.on('closed', (event) => {
    const [words, label, href] = reason(event);
    if (words === '') return;
    say('closed', words);
    const link = one<HTMLAnchorElement>('[data-connection-link]');
    link.textContent = label;
    link.href = href;
    link.hidden = false;
  });
  reconnect.addEventListener('click', () => socket.reconnectNow());
  show({ state: socket.state });
}

function reason({ cause, code }: RoomEvents['closed']): [text: string, link: string, href: string] {
  switch (cause) {
    case 'closed_by_user':
      return ['', '', ''];
    case 'room_deleted':
    case 'room_not_found':
      return ['This room was deleted.', 'All rooms', '/rooms'];
    case 'banned':
      return ['You are banned from this room.', 'All rooms', '/rooms'];
    case 'session_ended':
    case 'not_authenticated':
      return ['Your session has ended.', 'Log in again', loginUrl()];
    default:
      return [`The server ended the connection (${cause.replaceAll('_', ' ')}, ${code}).`, 'Reload', location.href];
  }
}
