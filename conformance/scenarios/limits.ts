// Every limit of the contract at n and at n + 1, if it is visible from outside. The sentences are the contract's own.
import { LIMIT_NOTES, LIMITS, type LimitName } from '@parlance/specs/limits.ts';
import type { Kit } from '../kit.ts';
import { expect, type Row, Skip, same } from '../row.ts';
import { busyRoom } from './busy_room.ts';
import { fullHouse } from './full_house.ts';
import { atPage, atSeq } from './limits_pages.ts';
import { atReactions } from './limits_reactions.ts';
import { atBody, atContent, atRoomMarks, atRoomName, refusedText } from './limits_texts.ts';
import { expectProblem } from './provoke.ts';
import { tooManyChanges, tooManyLogins, tooManyRequests } from './refusals_rates.ts';
import { silence } from './silence.ts';
import { tooManyFrames } from './socket_errors.ts';

const BEYOND = 'it needs more accounts than one address may register in an hour';
const A_SETTING = 'this server has another setting than the default, or earlier runs have exhausted it';
const SHARED = 'it would block all other clients at this address';
const TOLERANCE_S = 2;

/** A string says why the limit is never tested. */
const TRIED: Record<LimitName, ((kit: Kit) => Promise<void>) | string> = {
  usernameMin: (kit) => refusedText(kit, 'username', kit.cast.dan.username.slice(1)),
  usernameMax: (kit) => refusedText(kit, 'username', `${kit.cast.cid.username}x`),
  emailMax: (kit) => refusedText(kit, 'email', `x${kit.cast.cid.email}`),
  passwordMin: (kit) => refusedText(kit, 'password', kit.cast.dan.password.slice(1)),
  passwordMax: (kit) => refusedText(kit, 'password', `${kit.cast.cid.password}x`),
  roomNameMax: atRoomName,
  roomNameMarks: atRoomMarks,
  contentMax: atContent,
  bodyMax: atBody,
  pageMax: atPage,
  pageDefault: async (kit) => {
    const { room, messages } = await busyRoom(kit);
    expect(messages > LIMITS.pageDefault, 'a room with more than a page', messages);
    for (const [id, items] of [
      ['listMessages', 'messages'],
      ['listEvents', 'events'],
    ] as const) {
      const { body } = await kit.call(id, { as: kit.cast.ann, room: room.name });
      same([body[items]?.length, body.hasMore], [LIMITS.pageDefault, true], `${items} and hasMore`);
    }
  },
  seqMax: atSeq,
  reactionsPerMessage: atReactions,
  reactionNamed: BEYOND,
  bansPerRoom: BEYOND,
  invitationSeconds: 'only the operator creates invitations',
  messagesPer10s: async (kit) => {
    const { stored, again } = await tooManyFrames(kit);
    if (stored !== LIMITS.messagesPer10s) throw new Skip(A_SETTING);
    expect(again?.type === 'message.created', 'the refused message to be stored after retryAfterMs', again);
    expectProblem(await tooManyChanges(kit), 'rate_limited', 429);
  },
  messagesPerUserPer10s: 'messages of other rows would be refused',
  framesPer10s: async (kit) => {
    const wire = await kit.join(kit.cast.cid, (await kit.room()).name);
    for (let frame = 1; frame < LIMITS.framesPer10s; frame++) wire.send({ type: 'typing.start' });
    const answer = await wire.answer(wire.say('the last one allowed'));
    expect(answer.type === 'message.created' && !wire.end, 'an answer to the last frame allowed', answer);
    wire.send({ type: 'typing.start' });
    same(await wire.closed(), 4002, 'the close code');
  },
  offSpecPerMinute: async (kit) => {
    const wire = await kit.join(kit.cast.cid, (await kit.room()).name);
    for (let frame = 0; frame < LIMITS.offSpecPerMinute; frame++) {
      wire.send({ type: 'no.such' });
      await wire.next('error');
    }
    await wire.post('still open');
    wire.send({ type: 'no.such' });
    same(await wire.closed(), 4500, 'the close code');
  },
  socketsPerUser: async (kit) => {
    const { opened, refused, freed } = await fullHouse(kit);
    same([opened, refused.status], [LIMITS.socketsPerUser, 429], 'sockets, and the answer to the next');
    expect(freed, 'a free place after one was closed', freed);
  },
  socketsPerAddress: SHARED,
  unansweredMax: 'the rate limit of messages is reached before so many can be unanswered',
  readerLagMax: 'the rate of messages is too low to fill the buffers within a run',
  outboxMax: 'it is internal to the server',
  appendMax: 'it is internal to the server',
  pingSeconds: async (kit) => {
    const { pinged } = await silence(kit);
    expect(pinged <= LIMITS.pingSeconds + TOLERANCE_S, `a ping within ${LIMITS.pingSeconds} s`, `${pinged} s`);
  },
  pongSeconds: async (kit) => {
    const { borne } = await silence(kit);
    expect(
      Math.abs(borne - LIMITS.pongSeconds) <= TOLERANCE_S,
      `a close ${LIMITS.pongSeconds} s after the ping`,
      `${borne} s`,
    );
  },
  typingSeconds: async (kit) => {
    const { bob, cid } = kit.cast;
    const room = await kit.room();
    const [typist, reader] = [await kit.join(bob, room.name), await kit.join(cid, room.name)];
    typist.send({ type: 'typing.start' });
    await reader.next('typing.changed', ({ usernames }) => usernames?.includes(bob.username));
    const began = performance.now();
    const ms = (LIMITS.typingSeconds + TOLERANCE_S) * 1_000;
    await reader.next('typing.changed', ({ usernames }) => !usernames?.includes(bob.username), ms);
    const lasted = (performance.now() - began) / 1_000;
    const close = Math.abs(lasted - LIMITS.typingSeconds) <= TOLERANCE_S;
    expect(close, `typing for ${LIMITS.typingSeconds} s`, `${lasted} s`);
    typist.cut();
    reader.cut();
  },
  membersNamed: BEYOND,
  presenceNamed: BEYOND,
  typingNamed: BEYOND,
  roomTokenSeconds: async (kit) => {
    const room = await kit.room();
    const answer = await kit.call('issueRoomToken', { as: kit.cast.ann, room: room.name });
    const life = (Date.parse(answer.body.expiresAt) - Date.parse(String(answer.headers.date))) / 1_000;
    expect(
      life > 0 && life <= LIMITS.roomTokenSeconds + TOLERANCE_S,
      `a life of ${LIMITS.roomTokenSeconds} s at the most`,
      `${life} s`,
    );
  },
  sessionSeconds: async (kit) => {
    const answer = await kit.call('getSession', { as: await kit.session() });
    const life = (Date.parse(answer.body.expiresAt) - Date.parse(String(answer.headers.date))) / 1_000;
    expect(Math.abs(life - LIMITS.sessionSeconds) < 60, `a life of ${LIMITS.sessionSeconds} s`, `${life} s`);
  },
  loginsPer10Min: async (kit) => {
    const { before, after } = await tooManyLogins(kit);
    const all = [...before, after.logIn, after.createAccessToken].map((answer) => answer?.status);
    if (all.at(-1) === 401 || before.some(({ status }) => status === 429)) throw new Skip(A_SETTING);
    same(all, [...before.map(() => 401), 429, 429], 'statuses');
  },
  loginsPerDay: 'it takes hours',
  loginsPerAddressPer10Min: 'it would lock this address out for 10 min',
  knownSeconds: 'it takes 30 days',
  passwordsAtOnce: 'it would block all other users',
  roomTokensAtOnce: 'it would block all other users',
  admissionSeconds: 'it would block all other users',
  joinsAtOnce: 'it would block all other users',
  registrationsPerHour: 'it would lock this address out for an hour',
  sessionsPerUser: 'so many log-ins exceed the limit of log-ins',
  passwordResetSeconds: 'the link is sent by mail',
  passwordResetsPerHour: 'it would lock this address out for an hour',
  resetMailsPerHour: 'the answer is the same, and the kit does not receive the mails',
  requestsPerUserPer10s: async (kit) => {
    const { requestsPerUserPer10s } = (await kit.call('getLimits')).body;
    if (requestsPerUserPer10s !== LIMITS.requestsPerUserPer10s) throw new Skip(A_SETTING);
    const { passed, refused } = await tooManyRequests(kit);
    if (!refused) throw new Skip('so many requests took longer than the period of the limit');
    expect(passed >= requestsPerUserPer10s - 1, `${requestsPerUserPer10s} requests`, passed);
    expectProblem(refused, 'too_many_requests', 429);
    const wait = Number(refused.headers['retry-after']);
    expect(wait >= 1 && wait <= 10, 'Retry-After within 10 s', wait);
  },
  roomsPerDay: 'it would create too many rooms',
  errorsNamed: async (kit) => {
    const named = async (unknown: number) => {
      const keys = Array.from({ length: unknown }, (_, k) => [`key${k}`, k]);
      const answer = await kit.call('createRoom', { as: kit.cast.ann, body: Object.fromEntries(keys) });
      expectProblem(answer, 'invalid_request', 400);
      return answer.body.errors.length;
    };
    same(await named(LIMITS.errorsNamed - 1), LIMITS.errorsNamed, 'errors of a body with as many faults');
    same(await named(LIMITS.errorsNamed), LIMITS.errorsNamed, 'errors of a body with one fault more');
    const many = await named(100 * LIMITS.errorsNamed);
    expect(many <= LIMITS.errorsNamed, `${LIMITS.errorsNamed} errors at the most`, many);
  },
  requestsPerAddress: SHARED,
  requestBurstPerAddress: SHARED,
  connectionsPerAddress: SHARED,
  networkShare: 'it needs more than one address',
  requestsAtOncePerAddress: 'it only delays requests, and the delay depends on the server',
};

const WAITS: Partial<Record<LimitName, number>> = {
  messagesPer10s: 11,
  pingSeconds: LIMITS.pingSeconds + LIMITS.pongSeconds + TOLERANCE_S,
  pongSeconds: LIMITS.pingSeconds + LIMITS.pongSeconds + TOLERANCE_S,
  typingSeconds: LIMITS.typingSeconds + TOLERANCE_S,
};

export const limits: Row[] = Object.entries(LIMIT_NOTES).map(([text, { unit, description }]): Row => {
  const name = text as LimitName;
  const row: Row = { id: `limit.${name}`, group: 'limits', says: `${LIMITS[name]} ${unit}: ${description}` };
  const tried = TRIED[name] ?? 'this kit does not know how to try it';
  const waits = WAITS[name];
  if (typeof tried === 'string') return { ...row, skip: tried };
  return { ...row, ...(waits === undefined ? {} : { waits }), run: tried };
});
