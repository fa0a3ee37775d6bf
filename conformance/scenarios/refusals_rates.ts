// Refusals for want of patience: logins to one account, messages of one user into one room. Registrations are not tried,
// since that would lock the address out for an hour.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Operation } from '../contract.ts';
import type { Answer } from '../http.ts';
import type { Kit } from '../kit.ts';
import { expect, Skip } from '../row.ts';
import { expectProblem, type Provocation } from './provoke.ts';

/** Logins to an account that there is not, one more than the default allows: both ways in count together. */
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

export const loginsLimited = ({ id }: Operation): Provocation[] => {
  const refusal = { status: 429, says: 'to one login more than allowed.' };
  if (id === 'registerUser') return [{ ...refusal, skip: 'it would lock this address out for an hour' }];
  if (id !== 'logIn' && id !== 'createAccessToken') return [{ ...refusal, skip: 'the contract states no rate for it' }];
  const run = async (kit: Kit) => {
    const answer = (await tooManyLogins(kit)).after[id] as Answer;
    if (answer.status === 401) throw new Skip('this server allows more logins than the default, which is a setting');
    expectProblem(answer, 'too_many_requests', 429);
  };
  return [{ ...refusal, run }];
};

/** Messages by HTTP as fast as they go, one more than the default allows. */
export const tooManyMessages = (kit: Kit): Promise<Answer[]> =>
  kit.shared('too many messages', async () => {
    const room = await kit.room();
    const answers: Answer[] = [];
    for (let sent = 0; sent <= LIMITS.messagesPer10s; sent++) {
      const body = { id: crypto.randomUUID(), content: `${sent}` };
      answers.push(await kit.call('sendMessage', { as: kit.cast.bob, room: room.name, body, impatient: true }));
    }
    return answers;
  });

export const limited = (): Provocation[] => [
  {
    status: 429,
    says: 'to one message more than allowed in 10 s.',
    run: async (kit) => {
      const last = (await tooManyMessages(kit)).at(-1) as Answer;
      if (last.status === 201) throw new Skip('this server allows more messages than the default, which is a setting');
      expectProblem(last, 'rate_limited', 429);
      const wait = Number(last.headers['retry-after'] ?? 1);
      expect(wait >= 1 && wait <= 10, 'Retry-After within 10 s', last.headers['retry-after']);
    },
  },
];
