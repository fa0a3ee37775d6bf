// Every message × direction: provoked once on purpose, and judged by all frames of the run. Also presence and typing.
import type { ClientFrame, ServerFrame } from '@parlance/specs/frames.ts';
import { fold } from '../fold.ts';
import { CLIENT_MESSAGES, SERVER_MESSAGES } from '../frames.ts';
import type { Json } from '../http.ts';
import { write } from '../room_log.ts';
import { expect, type Row, same } from '../row.ts';
import type { Attempt } from './http_answers.ts';
import { socketEvents } from './socket_events.ts';

type Attempts = Readonly<Record<string, Attempt>>;

const SENT = {
  'message.send': async (kit) => {
    const room = await kit.room();
    const wire = await kit.join(kit.cast.bob, room.name);
    const { timestamp: _, ...event } = await wire.answer(wire.say('Is the kettle on?', CHOSEN));
    const base = { type: 'message.created', seq: 1, roomId: room.id, room: room.name, username: kit.cast.bob.username };
    same(event, { ...base, id: CHOSEN, content: 'Is the kettle on?' }, 'the acknowledgement');
    await wire.close();
  },
  'typing.start': async (kit) => {
    const room = await kit.room();
    const [bob, cid] = [await kit.join(kit.cast.bob, room.name), await kit.join(kit.cast.cid, room.name)];
    bob.send({ type: 'typing.start' });
    same((await cid.next('typing.changed')).usernames, [kit.cast.bob.username], 'who is typing');
    cid.send({ type: 'typing.start' });
    const both = [kit.cast.bob.username, kit.cast.cid.username].sort();
    await cid.next('typing.changed', ({ usernames }) => usernames?.toSorted().join() === both.join());
    bob.cut();
    cid.cut();
  },
} satisfies Record<ClientFrame['type'], Attempt>;

const CHOSEN = '00000000-0000-0000-0000-000000000001';

const RECEIVED = {
  'room.joined': async (kit) => {
    const room = await kit.room();
    await kit.call('sendMessage', { as: kit.cast.ann, room: room.name, body: { id: CHOSEN, content: 'before' } });
    const wire = await kit.join(kit.cast.bob, room.name);
    const { username } = kit.cast.bob;
    const expected = {
      roomId: room.id,
      room: room.name,
      username,
      lastSeq: 1,
      resumed: false,
      members: [username],
      memberCount: 1,
    };
    const { joined } = wire;
    const known = Object.fromEntries(Object.keys(expected).map((name) => [name, joined[name]]));
    same(known, expected, 'room.joined');
    await wire.close();
  },
  'message.created': async (kit) => {
    const room = await kit.room();
    const [bob, cid] = [await kit.join(kit.cast.bob, room.name), await kit.join(kit.cast.cid, room.name)];
    const acknowledgement = await bob.answer(bob.say('to everybody'));
    same(await cid.next('message.created'), acknowledgement, 'what another socket receives');
    const message = await write(kit, kit.cast.ann, room, 'by HTTP');
    for (const wire of [bob, cid]) {
      const event = await wire.next('message.created', ({ id }) => id === message.id);
      same(fold([event])[0], message, 'the message sent by HTTP');
      wire.cut();
    }
  },
  ...socketEvents,
  'presence.changed': async (kit) => {
    const room = await kit.room();
    const bob = await kit.join(kit.cast.bob, room.name);
    const { username } = kit.cast.cid;
    const cid = await kit.join(kit.cast.cid, room.name);
    same(cid.joined.members?.toSorted(), [kit.cast.bob.username, username].sort(), 'the members');
    await bob.next(
      'presence.changed',
      ({ joined, memberCount }: Json) => joined?.includes(username) && memberCount === 2,
    );
    const second = await kit.join(kit.cast.cid, room.name);
    same(second.joined.memberCount, 2, 'distinct users with a second socket of one');
    await second.close();
    await cid.close();
    await bob.next('presence.changed', ({ left, memberCount }: Json) => left?.includes(username) && memberCount === 1);
    bob.cut();
  },
  'typing.changed': SENT['typing.start'],
  'room.deleted': async (kit) => {
    const room = await kit.room(kit.cast.ann);
    const wire = await kit.join(kit.cast.bob, room.name);
    await kit.call('deleteRoom', { as: kit.cast.ann, room: room.name });
    await wire.next('room.deleted');
    await wire.closed();
  },
  error: async (kit) => {
    const wire = await kit.join(kit.cast.bob, (await kit.room()).name);
    wire.send({ type: 'message.send', id: CHOSEN, content: '' });
    same((await wire.next('error')).refId, CHOSEN, 'refId');
    await wire.close();
  },
} satisfies Record<ServerFrame['type'], Attempt>;

const row = (name: string, says: string, run: Attempt | undefined, more: Partial<Row> = {}): Row => {
  const base: Row = { id: `socket.${name}`, group: 'socket', says, ...more };
  return run ? { ...base, run } : { ...base, skip: 'this kit does not know how to try it' };
};

export const socketFrames: Row[] = [
  ...CLIENT_MESSAGES.map((name) =>
    row(name, `${name} from a client has its declared effect.`, (SENT as Attempts)[name]),
  ),
  ...SERVER_MESSAGES.map((name) =>
    row(
      name,
      `${name} from the server is sent when it should be and is always as declared.`,
      (RECEIVED as Attempts)[name],
      {
        witnessed: true,
      },
    ),
  ),
  {
    id: 'socket.frames',
    group: 'socket',
    says: 'Every frame from the server is text, a JSON object with a type.',
    witnessed: true,
  },
  {
    id: 'socket.first',
    group: 'socket',
    says: 'room.joined is the first frame of each socket, and is sent once.',
    witnessed: true,
  },
  {
    id: 'socket.close-codes',
    group: 'socket',
    says: 'Every socket that was closed was closed with a code of the table.',
    witnessed: true,
  },
  row('subprotocol', "A token as subprotocol, from the site's own origin, selects chat.v1.", async (kit) => {
    const room = await kit.room();
    const { token, url } = await kit.roomToken(kit.cast.bob, room.name);
    const protocols = ['chat.v1', `bearer.${token}`];
    const wire = await kit.dial({ url, protocols, headers: { origin: kit.url.origin } });
    expect(wire.ws.protocol === 'chat.v1', 'chat.v1', wire.ws.protocol);
    await wire.next('room.joined');
    await wire.close();
  }),
];
