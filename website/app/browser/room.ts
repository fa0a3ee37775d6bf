// The room page: wires history, live messages, the composer and presence together. Owns no logic of its own.
import { isRoomEvent, type MessagePage, type RoomEvents, type RoomSocket } from '@parlance/client';
import { ActionsOnDemand } from './actions_on_demand.ts';
import { Composer } from './composer.ts';
import { showConnection } from './connection.ts';
import { one } from './dom.ts';
import { History } from './history.ts';
import { wireInvitation } from './invitation.ts';
import { Moderation } from './moderation.ts';
import { showPresence } from './presence.ts';
import { Roving } from './roving.ts';
import { Scroller } from './scroller.ts';
import { SeenStore } from './seen_store.ts';
import { client, wireLogOut } from './session.ts';
import { Timeline } from './timeline.ts';
import { Unread } from './unread.ts';
import { UnsentList } from './unsent_list.ts';
import { UnsentStore } from './unsent_store.ts';
import { followVisibleHeight } from './viewport.ts';

/** With more messages than this the page keeps only the newest KEPT. FAR_TOO_MANY applies while scrolled up. */
const MANY = 600;
const FAR_TOO_MANY = 5_000;
const KEPT = 300;
/** At most this many messages may wait to be sent. */
const QUEUE_MAX = 1_000;

const { room = '', roomId = '', username = '', owner = '', administrator } = one('main').dataset;
const box = one('[data-timeline]');
let socket: RoomSocket | undefined;
/** Live messages up to this seq were sent while the connection was down. */
let missed = 0;

const list = one('[data-messages]');
const timeline = new Timeline(list, username);
const scroller: Scroller = new Scroller(box, () => unread.look());
const unread = new Unread({ scroller, timeline, seen: new SeenStore(roomId, username), box });
const moderation = username === owner || administrator !== undefined ? new Moderation(room) : undefined;
const actions = new ActionsOnDemand({ room, username, owner, moderation, timeline, list });
const composer = new Composer({
  send(content) {
    unsent.add(content);
    scroller.toEnd();
    unread.forget();
  },
  typing: () => socket?.typing(),
  editLast() {
    const message = timeline.newestOwn;
    if (message) actions.edit(message);
  },
  draftKey: `parlance.draft:${roomId}:${username}`,
});
const unsent: UnsentList = new UnsentList({
  store: new UnsentStore(roomId, username),
  username,
  list: one('[data-unsent]'),
  tail: () => timeline.tail,
  edit: (content) => composer.edit(content),
});
const invite = wireInvitation(room);
const place = { oldest: () => timeline.oldest, asked: () => timeline.asked(), add: addPage };
const history = new History({ name: room, id: roomId }, place, box);

function addPage(page: MessagePage, before?: number): boolean {
  if (before !== undefined && before !== timeline.oldest) return false; // the timeline has changed since the request
  let wantsOlder = false;
  scroller.keeping(() => {
    timeline.add(page);
    wantsOlder = unread.page(page.hasMore);
  });
  for (const message of page.messages) if (message.username === username) unsent.settle(message.id);
  unsent.follow();
  actions.restore();
  if (timeline.size === 0) invite();
  return wantsOlder;
}

function take(event: RoomEvents['event']): void {
  unread.replay(event.seq < missed);
  const readable = timeline.apply(event);
  if (isRoomEvent(event) && event.type === 'message.created') {
    if (event.username === username) unsent.settle(event.id);
    if (timeline.size > (scroller.atEnd ? MANY : FAR_TOO_MANY) && !history.busy) {
      timeline.trim(KEPT);
      scroller.toEnd();
      history.offerOlder();
    }
    unsent.follow();
  }
  if (readable?.username === username) unread.look();
  else if (readable) unread.message(readable, readable.seq <= missed);
}

function join(after: number): RoomSocket {
  const joined = client.joinRoom(room, { after, roomId, queueMax: QUEUE_MAX });
  let wasJoined = false;
  joined.on('joined', (event) => {
    if (event.roomId !== roomId) return startAnew(joined);
    if (wasJoined) missed = event.lastSeq;
    wasJoined = true;
    if (event.continuous) return;
    timeline.clear();
    scroller.toEnd();
    unread.startOver();
    void history.newest();
  });
  joined.on('event', take);
  joined.on('closed', ({ cause }) => {
    if (cause !== 'closed_by_user') composer.close();
  });
  showConnection(joined);
  showPresence(joined, username);
  unsent.attach(joined);
  return joined;
}

/** The name now belongs to another room: reloads, so that unsent messages never go to the other room. */
function startAnew(old?: RoomSocket): void {
  old?.close();
  location.reload();
}

addEventListener('beforeunload', (event) => {
  if (unsent.waiting) event.preventDefault(); // the reader may not have noticed
});
addEventListener('pagehide', () => socket?.close());
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) socket?.reconnectNow();
});
setInterval(() => timeline.renameDays(), 60_000);
new Roving(box);
wireLogOut(() => socket?.close());
followVisibleHeight();

const page = await history.newest();
if (page && page.roomId !== roomId) startAnew();
else socket = join(page?.asOf ?? 0); // if the room was deleted, the socket reports it
