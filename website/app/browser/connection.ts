// Says how the live connection is: nothing while all is well, a line with what happens next when it is not.
import type { RoomEvents, RoomSocket } from '@parlance/client';
import { one } from './dom.ts';
import { loginUrl } from './session.ts';

/** A connection that comes back sooner than this is not worth a word, in milliseconds. */
const PATIENCE_MS = 800;

/** Shows the socket's state for as long as it lives. */
export function showConnection(socket: RoomSocket): void {
  const line = one('[data-connection]');
  const live = one('[data-live]');
  const text = one('[data-connection-text]');
  const countdown = one('[data-connection-countdown]');
  const reconnect = one<HTMLButtonElement>('[data-reconnect]');
  let ticking: ReturnType<typeof setInterval> | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;

  const show = (state: string, words: string) => {
    clearInterval(ticking);
    clearTimeout(patience);
    countdown.textContent = '';
    live.hidden = state !== 'open';
    reconnect.hidden = state !== 'waiting';
    line.dataset.state = state;
    const tell = () => {
      line.hidden = words === '';
      text.textContent = words;
    };
    if (state === 'connecting' && line.hidden) patience = setTimeout(tell, PATIENCE_MS);
    else tell();
  };

  socket.on('state', ({ state, retryInMs }) => {
    if (state === 'connecting') show(state, 'Connecting…');
    if (state === 'open') show(state, '');
    if (state !== 'waiting') return;
    show(state, navigator.onLine ? 'Connection lost.' : 'You are offline.');
    const until = Date.now() + (retryInMs ?? 0);
    const tick = () => {
      countdown.textContent = `Next try in ${Math.max(1, Math.ceil((until - Date.now()) / 1000))} s.`;
    };
    tick();
    ticking = setInterval(tick, 1000);
  });
  socket.on('closed', (event) => {
    const [words, label, href] = reason(event);
    if (words === '') return;
    show('closed', words);
    const link = one<HTMLAnchorElement>('[data-connection-link]');
    link.textContent = label;
    link.href = href;
    link.hidden = false;
  });
  reconnect.addEventListener('click', () => socket.reconnectNow());
  if (socket.state !== 'open') show(socket.state, 'Connecting…');
}

function reason({ cause, code }: RoomEvents['closed']): [text: string, link: string, href: string] {
  switch (cause) {
    case 'closed_by_user':
      return ['', '', ''];
    case 'room_deleted':
    case 'room_not_found':
      return ['This room was deleted.', 'All rooms', '/rooms'];
    case 'session_ended':
    case 'not_authenticated':
      return ['Your session has ended.', 'Log in again', loginUrl()];
    default:
      return [`The server ended the connection (${cause.replaceAll('_', ' ')}, ${code}).`, 'Reload', location.href];
  }
}
