// The page of rooms: search while typing, page by page; opens a room and deletes the user's own.
import { ProblemError, type Room } from '@parlance/client';
import { confirmIn } from './confirm_dialog.ts';
import { one } from './dom.ts';
import { explain } from './explain.ts';
import { wireForm } from './forms.ts';
import { roomItem, roomUrl } from './room_item.ts';
import { client, isLoggedOut, toLogin, wireLogOut } from './session.ts';
import { plural } from './time.ts';

const DEBOUNCE_MS = 200;
const { username, administrator } = one('main').dataset;
const search = one<HTMLInputElement>('#query');
const list = one('[data-rooms]');
const status = one('[data-rooms-status]');
const more = one<HTMLButtonElement>('[data-more]');

let running = new AbortController();
let query = '';
let cursor: string | undefined;
let goOn = () => load(true);

/** Shows the first page for what is in the search field, or appends the page after the last one shown. */
async function load(continued = false): Promise<void> {
  running.abort(); // the answer to an older query must not overwrite a newer one
  running = new AbortController();
  const { signal } = running;
  if (!continued) query = search.value.normalize('NFC').trim(); // a cursor is valid only for its query
  if (!continued && list.childElementCount === 0) status.textContent = 'Loading…';
  const pressed = document.activeElement === more; // disabling it takes the focus away
  more.disabled = true;
  try {
    const page = await client.listRooms(
      { ...(query ? { query } : {}), ...(continued && cursor ? { cursor } : {}) },
      { signal },
    );
    if (signal.aborted) return;
    cursor = page.nextCursor;
    const items = page.rooms.map((room) => {
      const isOwn = room.owner === username;
      return roomItem(room, isOwn, isOwn || administrator !== undefined ? remove : undefined);
    });
    if (!continued) list.replaceChildren();
    list.append(...items);
    if (pressed) (items[0]?.querySelector('a') ?? search).focus();
    settle(cursor !== undefined, 'More rooms', () => load(true));
    status.textContent = count();
  } catch (error) {
    if (signal.aborted) return;
    if (isLoggedOut(error)) return toLogin();
    settle(true, 'Try again', () => load(continued));
    status.textContent = explain(error);
  } finally {
    if (!signal.aborted) more.disabled = false;
    if (pressed && document.activeElement === document.body) more.focus();
  }
}

function settle(shown: boolean, label: string, next: () => Promise<void>): void {
  more.hidden = !shown;
  more.textContent = label;
  goOn = next;
}

function count(): string {
  const shown = list.childElementCount;
  if (shown === 0) return query ? `No room has “${query}” in its name.` : 'There is no room yet. Open the first one.';
  return `${plural(shown, 'room')}${cursor ? ' shown, there are more' : ''}`;
}

async function remove(room: Room, item: HTMLElement): Promise<void> {
  one('[data-delete-name]').textContent = room.name;
  const isGone = await confirmIn('delete', async () => {
    try {
      await client.deleteRoom(room.name);
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === 'room_not_found')) throw error; // already deleted
    }
  });
  if (!isGone) return;
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  status.textContent = `${room.name} is deleted.`;
  (next?.querySelector<HTMLElement>('a') ?? search).focus();
}

let timer: ReturnType<typeof setTimeout> | undefined;
search.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const url = new URL(location.href);
    if (search.value) url.searchParams.set('query', search.value);
    else url.searchParams.delete('query');
    history.replaceState(null, '', url); // so that Back from a room shows the same search
    void load();
  }, DEBOUNCE_MS);
});
more.addEventListener('click', () => void goOn());

wireForm(one<HTMLFormElement>('[data-form]'), async ({ name = '' }) => {
  try {
    const room = await client.createRoom({ name: name.normalize('NFC').trim() });
    location.assign(roomUrl(room.name));
  } catch (error) {
    if (!isLoggedOut(error)) throw error;
    toLogin();
  }
  return undefined;
});
wireLogOut();
search.value = new URL(location.href).searchParams.get('query') ?? '';
list.addEventListener('click', () => history.replaceState({ shown: list.childElementCount, top: scrollY }, ''));
const { shown = 0, top = 0 } = history.state ?? {}; // the state when the user opened a room
await load();
for (let before = 0; cursor && before < list.childElementCount && list.childElementCount < shown; ) {
  before = list.childElementCount;
  await load(true);
}
if (top > 0) scrollTo(0, top);
