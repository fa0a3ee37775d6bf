// Refusals by rate limits: logins to one account, messages of one user in one room. Registrations are not tested, since
// that would lock the address out for an hour.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Operation } from '../contract.ts';
import type { Answer } from '../http.ts';
import type { CallOptions, Kit } from '../kit.ts';
import { inLanes } from '../lanes.ts';
import { at, placeOf, roomState, write } from '../room_log.ts';
import { expect, Skip, same } from '../row.ts';
import { expectProblem, type Provocation } from './provoke.ts';

/** Logins to an account that does not exist, one more than the default allows: both operations count together. */
export const tooManyLogins = (kit: Kit): Promise<{ before: Answer[]; after: Record<string, Answer> }> =>
  kit.shared('too many logins', async () => {
    const body = { email: `kit.${crypto.randomUUID()}@example.org`, password: 'no such password' };
    const before: Answer[] = [];
    for (let attempt = 0; attempt < LIMITS.loginsPer10Min; attempt++) {
      before.push(await kit.call(attempt % 2 ? 'logIn' : 'createAccessToken', { body, impatient: true }));
    }
    const after = async (id: string) => kit.call(id, { body, impatient: true });
    return { before, after: { logIn: await after('logIn'), createAccessToken: await after('createAccessToken') } };
  });

/** Requests of one user until one is refused. Other rows make no requests as this user. */
export const tooManyRequests = (kit: Kit): Promise<{ passed: number; refused: Answer | undefined }> =>
  kit.shared('too many requests', async () => {
    let passed = 0;
    let refused: Answer | undefined;
    const began = performance.now();
    await inLanes(8, Array.from({ length: 3 * LIMITS.requestsPerUserPer10s }), async () => {
      if (refused || performance.now() - began > 10_000) return;
      const answer = await kit.call('getSession', { as: kit.cast.dan, impatient: true });
      if (answer.status === 429) refused = answer;
      else passed += 1;
    });
    return { passed, refused };
  });

export const loginsLimited = ({ id }: Operation): Provocation[] => {
  const refusal = { status: 429, says: 'to one login more than allowed.' };
  if (id === 'registerUser') return [{ ...refusal, skip: 'it would lock this address out for an hour' }];
  if (id === 'requestPasswordReset') return [{ ...refusal, skip: 'it would lock this address out for an hour' }];
  if (id === 'changePassword' || id === 'deleteAccount') return [{ ...refusal, skip: 'it counts as a login' }];
  if (id !== 'logIn' && id !== 'createAccessToken') return [{ ...refusal, skip: 'the contract states no rate for it' }];
  const run = async (kit: Kit) => {
    const answer = (await tooManyLogins(kit)).after[id] as Answer;
    if (answer.status === 401) throw new Skip('this server has a setting that allows more logins than the default');
    expectProblem(answer, 'too_many_requests', 429);
  };
  return [{ ...refusal, run }];
};

const CHANGES: Readonly<Record<string, CallOptions>> = {
  editMessage: { body: { content: 'edited' } },
  addReaction: { emoji: '👍' },
  removeReaction: { emoji: '👍' },
  deleteMessage: {},
};

function inTime(began: number): void {
  if (performance.now() - began > 10_000) throw new Skip('so many requests took longer than 10 s');
}

/** Sends as many messages by HTTP as the default allows; returns the answers to the next request of each kind. */
export const tooManyMessages = (kit: Kit): Promise<Record<string, Answer>> =>
  kit.shared('too many messages', async () => {
    const { bob } = kit.cast;
    const began = performance.now();
    const place = await placeOf(kit);
    for (let sent = 1; sent < LIMITS.messagesPer10s; sent++) await write(kit, bob, place.room, `${sent}`);
    const body = { id: crypto.randomUUID(), content: 'one more' };
    const after = {
      sendMessage: await kit.call('sendMessage', { as: bob, room: place.room.name, body, impatient: true }),
    };
    const before = await roomState(kit, place.room);
    const next = async (id: string) => at(kit, id, bob, place, { ...CHANGES[id], impatient: true });
    const changes = Object.keys(CHANGES).map(async (id) => [id, await next(id)] as const);
    const answers = { ...after, ...Object.fromEntries(await Promise.all(changes)) };
    inTime(began);
    if (after.sendMessage.status === 429) same(await roomState(kit, place.room), before, 'the room afterwards');
    return answers;
  });

/** Makes as many changes of all kinds as the default allows, repeats included; returns the answer to a message. */
export async function tooManyChanges(kit: Kit): Promise<Answer> {
  const { bob } = kit.cast;
  const began = performance.now();
  const place = await placeOf(kit);
  const ids = Object.keys(CHANGES);
  const changes = Array.from({ length: LIMITS.messagesPer10s - 1 }, (_, index) => ids[index % ids.length]!);
  await inLanes(3, changes, (id) => at(kit, id, bob, place, { ...CHANGES[id], impatient: true }));
  const body = { id: crypto.randomUUID(), content: 'one more' };
  const answer = await kit.call('sendMessage', { as: bob, room: place.room.name, body, impatient: true });
  inTime(began);
  return answer;
}

export const limited = ({ id }: Operation): Provocation[] => [
  {
    status: 429,
    says: 'after the number of messages allowed in 10 s.',
    run: async (kit) => {
      const last = (await tooManyMessages(kit))[id] as Answer;
      if (last.status < 300) throw new Skip('this server has a setting that allows more messages than the default');
      expectProblem(last, 'rate_limited', 429);
      const wait = Number(last.headers['retry-after'] ?? 1);
      expect(wait >= 1 && wait <= 10, 'Retry-After within 10 s', last.headers['retry-after']);
    },
  },
];
