// How each event changes a message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../generated/limits.ts';
import { applyEvent, applyEvents, isRoomEvent, type Message, mergePage, type Timeline } from '../index.ts';
import { type AnyEvent, envelope, frozen, idOf } from './room_log.ts';

const messageId = idOf(1);
const { room, username, timestamp } = envelope('message.created', 1);
const plain: Message = {
  id: messageId,
  seq: 1,
  version: 1,
  room,
  username,
  timestamp,
  content: 'tea',
  revision: 1,
  reactions: [],
};
const timeline: Timeline = frozen([plain]);

const created = (seq: number, more: object = { content: 'tea' }): AnyEvent => ({
  ...envelope('message.created', seq),
  id: idOf(seq),
  ...more,
});
const edited = (seq: number, more: object = { content: 'more tea' }): AnyEvent => ({
  ...envelope('message.edited', seq),
  messageId,
  ...more,
});
const deleted = (seq: number): AnyEvent => ({ ...envelope('message.deleted', seq, 'bob'), messageId });
const reaction = (type: 'added' | 'removed', seq: number, by = 'bob', emoji = '👍'): AnyEvent => ({
  ...envelope(`reaction.${type}`, seq, by),
  messageId,
  emoji,
});
const fold = (...events: AnyEvent[]) => applyEvents(timeline, frozen(events));
const reactions = (...events: AnyEvent[]) => fold(...events)[0]?.reactions;

test('a created message is inserted in the order of seq', () => {
  assert.deepEqual(applyEvents([], [created(1)]), [plain]);
  const ends = applyEvents([], [created(1), created(9)]);
  assert.deepEqual(
    applyEvent(ends, created(5)).map(({ seq }) => seq),
    [1, 5, 9],
  );
});

test('a message whose text was withdrawn has no content until the withdrawing event is applied', () => {
  const [message] = applyEvents([], [created(1, { supersededBy: 2 })]);
  const { content: _, ...rest } = plain;
  assert.deepEqual(message, rest);
  assert.deepEqual(applyEvents([message!], [edited(2)]), fold(edited(2)));
});

test('an edit replaces the text; an edit whose own text was withdrawn removes it', () => {
  const editedAt = edited(2).timestamp;
  const after = { ...plain, content: 'more tea', version: 2, revision: 2, editedAt };
  assert.deepEqual(fold(edited(2)), [after]);
  const { content: _, ...rest } = after;
  assert.deepEqual(fold(edited(2, { supersededBy: 3 })), [rest]);
});

test('an edit keeps the reactions, and a reaction keeps the text and its revision', () => {
  const [message] = fold(reaction('added', 2), edited(3), reaction('added', 4, 'cid'));
  assert.deepEqual(
    [message?.content, message?.revision, message?.version, message?.reactions],
    ['more tea', 3, 4, [{ emoji: '👍', count: 2, usernames: ['bob', 'cid'] }]],
  );
});

test('a deleted message has no content, reactions or editedAt, and stays deleted', () => {
  const { content: _, reactions: __, ...rest } = plain;
  const tombstone = { ...rest, version: 4, revision: 4, deletedAt: deleted(4).timestamp, deletedBy: 'bob' };
  assert.deepEqual(fold(reaction('added', 2), edited(3), deleted(4)), [tombstone]);
  const gone = frozen([tombstone]);
  for (const event of [edited(5), reaction('added', 5), deleted(5)]) assert.equal(applyEvent(gone, event), gone);
});

test('reactions are counted by emoji, in the order of their first use; an entry is removed with its last user', () => {
  const added = [reaction('added', 2), reaction('added', 3, 'cid', '❤️'), reaction('added', 4, 'cid')];
  assert.deepEqual(reactions(...added), [
    { emoji: '👍', count: 2, usernames: ['bob', 'cid'] },
    { emoji: '❤️', count: 1, usernames: ['cid'] },
  ]);
  assert.deepEqual(reactions(...added, reaction('removed', 5), reaction('removed', 6, 'cid'), reaction('added', 7)), [
    { emoji: '❤️', count: 1, usernames: ['cid'] },
    { emoji: '👍', count: 1, usernames: ['bob'] },
  ]);
});

test('usernames stop at the limit, the count does not, and a removed name is not replaced', () => {
  const max = LIMITS.reactionNamed;
  const crowd = Array.from({ length: max + 2 }, (_, n) => reaction('added', n + 2, `user-${n}`));
  const names = Array.from({ length: max }, (_, n) => `user-${n}`);
  assert.deepEqual(reactions(...crowd), [{ emoji: '👍', count: max + 2, usernames: names }]);
  const less = [...crowd, reaction('removed', 100, 'user-0'), reaction('removed', 101, `user-${max}`)];
  assert.deepEqual(reactions(...less), [{ emoji: '👍', count: max, usernames: names.slice(1) }]);
  const more = [...less, reaction('added', 102, 'user-0')];
  assert.deepEqual(reactions(...more), [{ emoji: '👍', count: max + 1, usernames: [...names.slice(1), 'user-0'] }]);
});

test('an event that is already applied, for an absent message or of an unknown type returns the same array', () => {
  const now = frozen(fold(edited(2), reaction('added', 3)));
  const unknown = [
    envelope('settings.changed', 4),
    envelope('constructor', 5),
    { ...edited(6), type: 'message.pinned' },
  ];
  for (const event of [created(1), edited(2), reaction('added', 3), { ...edited(9), messageId: idOf(7) }, ...unknown]) {
    assert.equal(applyEvent(now, event), now, event.type);
    assert.equal(applyEvents(now, [event]), now);
    assert.equal(mergePage(now, { messages: [] }, [event]), now);
  }
  assert.equal(mergePage(now, { messages: [plain] }), now, 'an older page');
  assert.deepEqual(applyEvents(now, [created(1), reaction('removed', 9)])[0]?.content, 'more tea');
  assert.deepEqual(unknown.map(isRoomEvent), [false, false, false]);
});

test('a message that does not change stays the same object', () => {
  const two = applyEvent(timeline, created(2));
  const after = applyEvent(two, edited(3));
  assert.notEqual(after[0], two[0]);
  assert.equal(after[1], two[1]);
});

test('a page replaces older states and keeps the order of seq', () => {
  const page = frozen(fold(edited(3)));
  assert.deepEqual(mergePage(applyEvents(timeline, [created(2)]), { messages: [...page] }), [
    page[0],
    ...applyEvents([], [created(2)]),
  ]);
});

test('an event received while its page is in flight is neither lost nor counted twice', () => {
  const event = reaction('added', 5);
  const liked = [{ emoji: '👍', count: 1, usernames: ['bob'] }];
  assert.equal(applyEvent([], event).length, 0, 'the premise: alone it changes nothing');
  for (const messages of [[plain], [...fold(event)]]) {
    assert.deepEqual(mergePage([], { messages }, [event])[0]?.reactions, liked);
  }
});

test('the time to fold a log is about linear in its length', () => {
  const log = (length: number) => Array.from({ length }, (_, n) => created(n + 1));
  // CPU time in microseconds: it excludes the load of other programs.
  const time = (events: AnyEvent[]) => {
    const begun = process.cpuUsage();
    assert.equal(applyEvents([], events).length, events.length);
    return process.cpuUsage(begun).user;
  };
  const [short, long] = [log(2_000), log(40_000)];
  time(short);
  const [least, most] = [Math.max(500, time(short)), time(long)];
  assert.ok(most < least * 200, `20 times the events took ${Math.round(most / least)} times as long`);
});
