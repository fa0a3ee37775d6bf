// Violations of the contract (betrayals) for the faulty proxy. `fails` lists exactly the rows of the conformance kit that
// must fail. Each name completes the sentence "a server that …".
import {
  body,
  countTwice,
  event,
  frame,
  is,
  type Json,
  OPERATIONS,
  type Operation,
  problem,
  shortLog,
  storeTwice,
} from './betraying.ts';
import type { Betrayal } from './faulty_proxy.ts';

interface Known extends Betrayal {
  fails: string[];
}

/** Only the rows about order and resuming (G3, G4) store so many events in a room. */
const LATE_SEQ = 23;
const ORDER = ['G3.every-socket', 'G3.order', 'G4.again-and-again', 'G4.every-cursor'];
const refusals = (name: string, which: (operation: Operation) => boolean) =>
  OPERATIONS.filter(which).map(({ id }) => `refusal.${id}.${name}`);

export const BETRAYALS = {
  'drops an event': {
    frames: event((one) => (one.seq === LATE_SEQ ? [] : [one])),
    fails: ORDER,
  },
  'delivers an event twice': {
    frames: event((one) => (one.seq === LATE_SEQ ? [one, one] : [one])),
    fails: ORDER,
  },
  'delivers two events in the wrong order': {
    frames: () => {
      let held: Json;
      return (one) => {
        if (one.seq === LATE_SEQ) held = one;
        if (one.seq === LATE_SEQ) return [];
        return one.seq === LATE_SEQ + 1 && held ? [one, held] : [one];
      };
    },
    fails: ORDER,
  },
  'ignores the cursor of a resume': {
    request: (asked) => {
      asked.url = asked.url.replace(/^(\/ws\/[^?]+)\?after=(0|\d{1,15}&roomId=[0-9a-f-]{36})$/, '$1');
    },
    fails: [
      ...['G4.again-and-again', 'G4.at-the-end', 'G4.deletion-missed', 'G4.edit-missed', 'G4.every-cursor'],
      'G4.from-the-start',
    ],
  },
  'says that it resumed when it did not': {
    frames: frame('room.joined', (one) => [{ ...one, resumed: true }]),
    fails: ['G4.ahead', 'G4.name-taken-again', 'G4.without-cursor', 'socket.room.joined'],
  },
  'changes the type of a property': {
    answer: body('listRooms', 200, ({ rooms }) => {
      for (const room of rooms) room.lastSeq = String(room.lastSeq);
    }),
    fails: ['http.listRooms.200'],
  },
  'leaves a required property out of a frame': {
    frames: frame('error', ({ detail: _, ...rest }) => [rest]),
    fails: ['socket.error'],
  },
  'counts members wrongly': {
    frames: frame('presence.changed', (one) => [{ ...one, memberCount: one.memberCount + 1 }]),
    fails: ['socket.presence.changed'],
  },
  'never reports that a user stopped typing': {
    frames: frame('typing.changed', (one) => (one.usernames.length === 0 ? [] : [one])),
    fails: ['limit.typingSeconds'],
  },
  'does not answer a frame that is not JSON': {
    frames: frame('error', (one) => (one.code === 'invalid_json' ? [] : [one])),
    fails: ['G8.one-by-one', 'G9.frames', 'socket.error.invalid_json'],
  },
  'closes the sockets of a deleted room with the wrong code': {
    close: (code) => (code === 4502 ? 1000 : code),
    fails: ['G6.room-deleted', 'socket.close.4502'],
  },
  'closes without a code': {
    close: (code) => (code === 4500 ? null : code),
    fails: ['limit.offSpecPerMinute', 'socket.close-codes', 'socket.close.4500'],
  },
  'keeps the sockets of an ended session open': {
    close: (code) => (code === 4501 ? undefined : code),
    fails: ['G6.logout', 'G6.logout-cookie', 'socket.close.4501'],
  },
  'answers 500 instead of 409': {
    answer: (answered) => {
      if (answered.status !== 409) return;
      const title = 'Internal server error';
      const { code: _, status: __, type: ___, ...rest } = JSON.parse(String(answered.body));
      const replaced = { ...rest, type: '/docs/problems#internal_error', title, status: 500, code: 'internal_error' };
      Object.assign(answered, { status: 500, body: Buffer.from(JSON.stringify(replaced)) });
    },
    fails: [
      ...['G2.after-deletion', 'G2.after-edit', 'G2.conflict', 'http.no-5xx', 'http.rooms.names'],
      ...['limit.reactionsPerMessage', 'refusal.addReaction.409.deleted', 'refusal.addReaction.409.many'],
      ...['refusal.createRoom.409', 'refusal.editMessage.409.deleted', 'refusal.registerUser.409.email'],
      ...['refusal.registerUser.409.username', 'refusal.removeReaction.409.deleted', 'refusal.sendMessage.409.id'],
      'refusal.sendMessage.409.room',
    ],
  },
  'sets a cookie that scripts can read': {
    answer: ({ headers }) => {
      headers['set-cookie'] &&= [headers['set-cookie']].flat().map((cookie) => cookie.replace(/; *HttpOnly/i, ''));
    },
    fails: ['http.logIn.200'],
  },
  'sends a Location that is not that of the new room': {
    answer: ({ headers }) => {
      if (headers.location) headers.location = '/api/rooms/elsewhere';
    },
    fails: ['http.createRoom.201'],
  },
  'issues room tokens that expire too late': {
    answer: body('issueRoomToken', 201, (token) => {
      token.expiresAt = new Date(Date.parse(token.expiresAt) + 3_600_000).toISOString();
    }),
    fails: ['limit.roomTokenSeconds'],
  },
  'sends an error with the id of another message': {
    frames: frame('error', (one) => [one.code === 'id_conflict' ? { ...one, refId: crypto.randomUUID() } : one]),
    fails: ['G2.after-deletion', 'G2.after-edit', 'G2.conflict', 'G8.one-by-one', 'socket.error.id_conflict'],
  },
  'answers with a status that is not declared': {
    answer: (answered, asked) => {
      if (is('getHealth', asked) && answered.status === 200) answered.status = 203;
    },
    fails: ['http.declared', 'http.getHealth.200'],
  },
  'answers problems as text/plain': {
    answer: (answered) => {
      if (answered.status >= 400) answered.headers['content-type'] = 'text/plain';
    },
    fails: ['refusals.media-type'],
  },
  'sends problems with the wrong status member': {
    answer: problem((one) => {
      if (one.code === 'not_found') one.status = 400;
    }),
    fails: ['refusals.code'],
  },
  'leaves requestId out of its problems': {
    answer: problem((one) => {
      if (one.code === 'wrong_room') delete one.requestId;
    }),
    fails: ['refusals.problem'],
  },
  'leaves out the Allow header': {
    answer: ({ headers }) => {
      delete headers.allow;
    },
    fails: ['refusals.headers'],
  },
  'accepts unknown query parameters': {
    request: (asked) => {
      const known = OPERATIONS.find((one) => one.method === asked.method && one.path.test(asked.url))?.query;
      const [path = '', query] = asked.url.split('?');
      if (!known || query === undefined) return;
      const kept = query.split('&').filter((one) => known.includes(one.split('=')[0]!));
      asked.url = kept.length > 0 ? `${path}?${kept.join('&')}` : path;
    },
    fails: ['G9.requests', ...refusals('400.query', () => true), 'refusals.unchanged'],
  },
  'does not check the origin of a request': {
    request: ({ url, headers }) => {
      if (!url.startsWith('/api/')) return;
      delete headers.origin;
      delete headers['sec-fetch-site'];
    },
    fails: [
      ...refusals('403.origin', ({ method, answers }) => method !== 'GET' && answers.includes('403')),
      'refusals.unchanged',
    ],
  },
  'stores a message twice when it is sent again over HTTP': {
    request: storeTwice(),
    fails: [
      ...['G2.after-deletion', 'G2.after-edit', 'G2.conflict', 'G2.http', 'http.sendMessage.200'],
      'refusal.sendMessage.409.id',
    ],
  },
  'trims the texts in a page of messages': {
    answer: body('listMessages', 200, ({ messages }) => {
      for (const message of messages) message.content = message.content?.trim();
    }),
    fails: ['G5.verbatim'],
  },
  'never says that a page of messages has more': {
    answer: body('listMessages', 200, (page) => {
      page.hasMore = false;
    }),
    fails: ['http.history.pages', 'limit.pageDefault'],
  },
  'delivers an edit and does not list it': {
    answer: shortLog((events) => events.filter(({ type }) => type !== 'message.edited')),
    fails: [
      ...['G2.changes-at-once', 'G4.deletion-missed', 'G4.edit-missed', 'G5.verbatim-edits', 'http.getMessage.200'],
      ...['http.listEvents.200', 'socket.message.edited'],
    ],
  },
  'keeps the text of a deleted message in the log': {
    answer: shortLog((events) => {
      const deleted = events.flatMap(({ type, messageId }) => (type === 'message.deleted' ? [messageId] : []));
      return events.map(({ supersededBy, ...one }) => {
        if (supersededBy === undefined) return one;
        return deleted.includes(one.id) ? { ...one, content: 'kept' } : { ...one, supersededBy };
      });
    }),
    fails: ['G2.after-deletion', 'G4.deletion-missed', 'http.listEvents.200'],
  },
  'delivers an event with another timestamp than it lists': {
    frames: event((one) => [one.seq === LATE_SEQ ? { ...one, timestamp: new Date(0).toISOString() } : one]),
    fails: ['G5.same'],
  },
  'counts a reaction twice when it is added again': {
    answer: countTwice(),
    fails: ['G2.changes', 'G2.changes-at-once', 'http.addReaction.204', 'limit.reactionsPerMessage'],
  },
  'answers with an ETag that is not the revision': {
    answer: ({ headers, body }) => {
      if (headers.etag) headers.etag = `"${JSON.parse(String(body)).seq}"`;
    },
    fails: ['http.editMessage.200', 'http.getMessage.200'],
  },
  'answers an edit with the previous version': {
    answer: body('editMessage', 200, (message) => {
      message.version -= 1;
    }),
    fails: ['G5.answers', 'http.editMessage.200'],
  },
  'answers a page of messages with an asOf that is too high': {
    answer: body('listMessages', 200, (page) => {
      page.asOf += 1;
    }),
    fails: ['G5.fold', 'http.listMessages.200'],
  },
  'ignores If-Match of an edit': {
    request: (asked) => {
      if (is('editMessage', asked)) delete asked.headers['if-match'];
    },
    fails: ['refusal.editMessage.400.header.If-Match', 'refusal.editMessage.412', 'refusals.unchanged'],
  },
  'stores a message for a deleted room in the new room of that name': {
    request: (asked) => {
      if (!is('sendMessage', asked)) return;
      const blank = (text: string) => ' '.repeat(text.length);
      asked.body = Buffer.from(String(asked.body).replace(/,"roomId":"[0-9a-f-]{36}"/, blank));
    },
    fails: ['refusal.sendMessage.409.room'],
  },
} satisfies Record<string, Known>;

export type BetrayalName = keyof typeof BETRAYALS;
