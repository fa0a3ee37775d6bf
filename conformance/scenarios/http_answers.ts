// Every operation × every success that it declares: provoked once, and judged by all its answers in the run.
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { OPERATIONS } from '../contract.ts';
import { fold } from '../fold.ts';
import type { Kit } from '../kit.ts';
import { expect, expectStatus, type Row, same } from '../row.ts';
import { accountAnswers } from './account_answers.ts';
import { messageAnswers } from './message_answers.ts';
import { moderationAnswers } from './moderation_answers.ts';

export type Attempt = (kit: Kit) => Promise<void>;

/** `<operationId>.<status>` of each success that the contract declares. */
type Success = {
  [Id in keyof operations]: `${Id}.${Extract<keyof operations[Id]['responses'], 200 | 201 | 202 | 204>}`;
}[keyof operations];
/** A run has no administrator. */
type OfAdministrators = 'suspendUser.204' | 'unsuspendUser.204';

/** Keyed by operation and status. A declared success without an entry is reported as untested. */
const ATTEMPTS = {
  'registerUser.201': async ({ cast }) => {
    for (const { user, username, email } of Object.values(cast)) {
      same({ username: user.username, email: user.email }, { username, email }, 'the new user');
    }
  },

  'logIn.200': async (kit) => {
    const { username, email, password } = kit.cast.bob;
    const answer = await kit.call('logIn', { body: { email: email.toUpperCase(), password } });
    expectStatus(answer, 200);
    const cookie = answer.headers['set-cookie']?.[0] ?? '';
    expect(
      /; *HttpOnly/i.test(cookie) && /; *SameSite=Lax/i.test(cookie),
      'a cookie, HttpOnly and SameSite=Lax',
      cookie,
    );
    same(answer.body.user.username, username, 'the user');
    const session = await kit.call('getSession', { as: { cookie: cookie.split(';')[0]! } });
    same(session.body, answer.body, 'the session that the cookie stands for');
    await kit.call('logOut', { as: { cookie: cookie.split(';')[0]! } });
  },

  'getSession.200': async (kit) => {
    const { ann, bob } = kit.cast;
    const answer = await kit.call('getSession', { as: ann });
    expectStatus(answer, 200);
    same(answer.body.user, ann.user, 'the user, with his own email address');
    const cookie = await kit.session('cookie', bob);
    const both = await kit.call('getSession', { as: cookie, headers: { authorization: `Bearer ${ann.token}` } });
    same(both.body.user, ann.user, 'the bearer token before the cookie');
  },

  'logOut.204': async (kit) => {
    for (const kind of ['token', 'cookie'] as const) {
      const as = await kit.session(kind);
      expectStatus(await kit.call('getSession', { as }), 200);
      expectStatus(await kit.call('logOut', { as }), 204);
      expectStatus(await kit.call('getSession', { as }), 401);
    }
  },

  'createAccessToken.201': async (kit) => {
    const as = await kit.session();
    expectStatus(await kit.call('getSession', { as }), 200);
  },

  'listRooms.200': async (kit) => {
    const room = await kit.room();
    const answer = await kit.call('listRooms', { as: kit.cast.bob, query: `?query=${encodeURIComponent(room.name)}` });
    expectStatus(answer, 200);
    same(
      answer.body.rooms.filter(({ id }: { id: string }) => id === room.id),
      [room],
      'the room',
    );
  },

  'createRoom.201': async (kit) => {
    const { ann } = kit.cast;
    const name = kit.name();
    kit.willDelete(name, ann);
    const answer = await kit.call('createRoom', { as: ann, body: { name } });
    expectStatus(answer, 201);
    const { owner, lastSeq, messageCount } = answer.body;
    const expected = { name, owner: ann.username, lastSeq: 0, messageCount: 0 };
    same({ name: answer.body.name, owner, lastSeq, messageCount }, expected, 'the new room');
    const found = await kit.call('getRoom', { as: ann, path: String(answer.headers.location) });
    same(found.body, answer.body, 'the room at its Location');
  },

  'getRoom.200': async (kit) => {
    const room = await kit.room();
    const answer = await kit.call('getRoom', { as: kit.cast.bob, room: room.name });
    expectStatus(answer, 200);
    same(answer.body, room, 'the room as it was created');
  },

  'deleteRoom.204': async (kit) => {
    const { ann } = kit.cast;
    const room = await kit.room(ann);
    expectStatus(await kit.call('deleteRoom', { as: ann, room: room.name }), 204);
    for (const id of ['getRoom', 'listMessages', 'listEvents', 'issueRoomToken', 'deleteRoom']) {
      expectStatus(await kit.call(id, { as: ann, room: room.name }), 404);
    }
  },

  'listMessages.200': async (kit) => {
    const room = await kit.room();
    const answer = await kit.call('listMessages', { as: kit.cast.bob, room: room.name });
    expectStatus(answer, 200);
    same(answer.body, { roomId: room.id, asOf: 0, messages: [], hasMore: false }, 'the history of a new room');
  },

  'sendMessage.201': async (kit) => {
    const { bob } = kit.cast;
    const room = await kit.room();
    for (const [seq, more] of [{}, { roomId: room.id }].entries()) {
      const body = { id: crypto.randomUUID(), content: 'Is the kettle on?' };
      const answer = await kit.call('sendMessage', { as: bob, room: room.name, body: { ...body, ...more } });
      expectStatus(answer, 201);
      const { timestamp } = answer.body;
      const event = {
        type: 'message.created',
        ...body,
        seq: seq + 1,
        room: room.name,
        username: bob.username,
        timestamp,
      };
      same(answer.body, fold([event])[0], 'the message');
    }
  },

  'sendMessage.200': async (kit) => {
    const as = kit.cast.ann;
    const room = await kit.room();
    const body = { id: crypto.randomUUID(), content: 'Twice' };
    const first = await kit.call('sendMessage', { as, room: room.name, body });
    const again = await kit.call('sendMessage', { as, room: room.name, body });
    expectStatus(again, 200);
    same(again.body, first.body, 'the stored message');
  },

  'issueRoomToken.201': async (kit) => {
    const room = await kit.room();
    const answer = await kit.call('issueRoomToken', { as: kit.cast.bob, room: room.name });
    expectStatus(answer, 201);
    same(answer.body.room, room, 'the room');
    const url = URL.parse(answer.body.url);
    expect(
      /^wss?:$/.test(url?.protocol ?? '') && url?.search === '',
      'an absolute ws URL without the token',
      answer.body.url,
    );
  },

  ...moderationAnswers,
  ...messageAnswers,
  ...accountAnswers,

  'getLimits.200': async (kit) => {
    const answer = await kit.call('getLimits');
    expectStatus(answer, 200);
    const names = Object.keys(LIMITS).filter((name) => !Number.isSafeInteger(answer.body[name]));
    same(names, [], 'limits of the contract that it does not name');
  },

  'getHealth.200': async (kit) => expectStatus(await kit.call('getHealth'), 200),
} satisfies Record<Exclude<Success, OfAdministrators>, Attempt>;

export const httpAnswers: Row[] = OPERATIONS.flatMap(({ id, answers }) =>
  [...answers.values()]
    .filter(({ status }) => status < 300)
    .map(({ status }): Row => {
      const run = (ATTEMPTS as Readonly<Record<string, Attempt>>)[`${id}.${status}`];
      const row: Row = {
        id: `http.${id}.${status}`,
        group: 'HTTP',
        says: `${id} answers ${status} as declared.`,
        witnessed: true,
      };
      if (run) return { ...row, run };
      const ofAdministrators = answers.get(403)?.shared === 'AdministratorsOnly' || id === 'suspendUser';
      return { ...row, skip: ofAdministrators ? 'a run has no administrator' : 'this kit does not know how to try it' };
    }),
);

export const httpAlways: Row[] = [
  {
    id: 'http.declared',
    group: 'HTTP',
    says: 'Every received status is declared for its operation.',
    witnessed: true,
  },
  {
    id: 'http.no-5xx',
    group: 'HTTP',
    says: 'No request got a 5xx answer, except for a 503 that a repeated request did not get.',
    witnessed: true,
  },
];
