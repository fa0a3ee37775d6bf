// The fold against the real stack: a connected, a reconnecting and a late client end with the same messages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Person, person } from '../../../tests/people.ts';
import { startTestStack, type TestStack } from '../../../tests/stack.ts';
import { applyEvent, createClient, type JoinOptions, ProblemError, type RoomSocket, type Timeline } from '../index.ts';
import { type Cable, layCable } from './cable.ts';
import type { AnyEvent } from './room_log.ts';

let stack: TestStack;
let cable: Cable;
let ann: Person;
let bob: Person;

before(async () => {
  stack = await startTestStack({ MESSAGES_PER_10S: '1000' });
  cable = await layCable(stack.url);
  [ann, bob] = await Promise.all([person(stack.url), person(stack.url)]);
});
after(async () => {
  await cable.close();
  await stack.stop();
});

const clientOf = ({ token }: Person, baseUrl = stack.url) => createClient({ baseUrl, accessToken: token });

interface Reader {
  room: RoomSocket;
  events: AnyEvent[];
  timeline: Timeline;
  /** Resolves once event `seq` is handled. */
  at(seq: number): Promise<void>;
}

/** Joins, reconnects soon after each loss, and folds every event. */
function read(person: Person, name: string, options: JoinOptions, url?: string): Reader {
  const room = clientOf(person, url).joinRoom(name, options);
  const reader: Reader = {
    room,
    events: [],
    timeline: [],
    at: (seq) =>
      new Promise((resolve) => {
        const look = () => (room.lastSeq ?? 0) >= seq && resolve();
        room.on('event', look);
        look();
      }),
  };
  room.on('state', ({ state }) => state === 'waiting' && setTimeout(() => room.reconnectNow(), 50));
  room.on('event', (event) => {
    reader.events.push(event);
    reader.timeline = applyEvent(reader.timeline, event);
  });
  return reader;
}

test('a connected, a reconnecting and a late client fold edits, reactions and deletions to the history', async (t) => {
  const { name } = await ann.createRoom();
  const [client, other] = [clientOf(ann), clientOf(bob)];
  const here = read(ann, name, { after: 0 });
  const away = read(bob, name, { after: 0 }, cable.url);
  t.after(() => [here, away].forEach(({ room }) => void room.close()));

  const [first, second, third] = await Promise.all(['one', 'two', 'three'].map((text) => here.room.send(text).stored));
  await client.editMessage(name, first!.id, { content: 'one, edited' });
  await away.at(4);
  const waiting = new Promise<void>((resolve) =>
    away.room.on('state', ({ state }) => state === 'waiting' && resolve()),
  );
  cable.pull();
  await waiting;

  await other.addReaction(name, first!.id, '👍');
  await client.addReaction(name, first!.id, '👍');
  await client.addReaction(name, second!.id, '👩🏽‍🚀');
  await other.removeReaction(name, first!.id, '👍');
  await client.editMessage(name, first!.id, { content: 'one, edited twice' }, { ifMatch: 4 });
  await client.deleteMessage(name, third!.id);
  const fourth = await here.room.send('four').stored;
  assert.equal(fourth.seq, 11);
  cable.putIn();
  const later = read(bob, name, { after: 0 });
  t.after(() => later.room.close());

  await Promise.all([here, away, later].map((reader) => reader.at(fourth.seq)));
  const { messages, asOf } = await client.listMessages(name);
  assert.equal(asOf, fourth.seq);
  assert.equal(messages[0]?.content, 'one, edited twice');
  assert.ok(messages[2]?.deletedAt);
  for (const { timeline } of [here, away, later]) assert.deepEqual(timeline, messages);

  const { events } = await client.listEvents(name);
  assert.deepEqual(later.events, events);
  assert.deepEqual(away.events.slice(4), events.slice(4));
  for (const { events: heard } of [here, away])
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      events.map(({ seq }) => seq),
    );
  assert.deepEqual(here.events[0], first, 'the connected client received the text');
  assert.deepEqual(events[0], withdrawn(first!, 4), 'the late client receives the event without it');
});

/** The event without its text. */
function withdrawn({ content: _, ...event }: { content?: string }, supersededBy: number): object {
  return { ...event, supersededBy };
}

test('a refused or repeated change stores no event, and a refusal rejects with its code', async (t) => {
  const { name, id: roomId } = await ann.createRoom();
  const [client, other] = [clientOf(ann), clientOf(bob)];
  const here = read(ann, name, { after: 0 });
  t.after(() => here.room.close());
  const { id } = await here.room.send('tea').stored;
  const refused = (code: string) => (error: unknown) => error instanceof ProblemError && error.code === code;
  await assert.rejects(other.editMessage(name, id, { content: 'coffee' }), refused('not_message_author'));
  await assert.rejects(client.editMessage(name, id, { content: 'coffee' }, { ifMatch: 9 }), refused('stale_revision'));
  await assert.rejects(client.addReaction(name, id, 'tea'), refused('invalid_request'));
  await assert.rejects(client.deleteMessage(name, roomId), refused('message_not_found'));
  await client.removeReaction(name, id, '👍');
  await client.editMessage(name, id, { content: 'tea' });
  assert.equal((await here.room.send('next').stored).seq, 2);
});
