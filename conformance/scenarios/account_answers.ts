// Successful answers of the operations on one's own account, keyed by operation and status. All use one account, which
// is deleted at the end: registrations are limited. Each password counts as a log-in, and ten are allowed.
import type { Answer, Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { type Credentials, newCookie, newcomer, newToken } from '../people.ts';
import { expectStatus, Skip, same } from '../row.ts';
import type { Attempt } from './http_answers.ts';

interface Life {
  /** The list of three sessions, requested by the second. */
  list: Answer;
  /** Answers to a wrong password, by operation. */
  wrong: Record<string, Answer>;
  ended: Answer;
  endedOthers: Answer;
  changed: Answer;
  deleted: Answer;
  /** The status of getSession with each session, after each step: first, second, cookie. */
  alive: Record<'ended' | 'endedOthers' | 'changed' | 'deleted', number[]>;
  /** The status of a log-in with the old and with the new password after the change. */
  logIns: number[];
}

export const lifeOfAnAccount = (kit: Kit): Promise<Life> =>
  kit.shared('the life of an account', async () => {
    const call = kit.call.bind(kit);
    const person = await newcomer(call);
    const { email, password } = person;
    const as: Credentials = { token: await newToken(call, person) };
    const sessions: Credentials[] = [person, as, { cookie: await newCookie(call, person) }];
    const alive = () => Promise.all(sessions.map(async (one) => (await kit.call('getSession', { as: one })).status));
    const enter = async (password: string) => (await kit.call('logIn', { body: { email, password } })).status;

    const list = await kit.call('listSessions', { as });
    const cookie = list.body?.sessions?.find(({ kind }: Json) => kind === 'cookie')?.id ?? '';
    const newPassword = crypto.randomUUID();
    const wrong = {
      changePassword: await kit.call('changePassword', { as, body: { currentPassword: newPassword, newPassword } }),
      deleteAccount: await kit.call('deleteAccount', { as, body: { password: newPassword, messages: 'keep' } }),
    };
    const ended = await kit.call('endSession', { as, session: cookie });
    const afterEnd = await alive();
    const endedOthers = await kit.call('endOtherSessions', { as });
    const afterOthers = await alive();
    sessions[2] = { cookie: await newCookie(call, person) };
    const changed = await kit.call('changePassword', { as, body: { currentPassword: password, newPassword } });
    const afterChange = await alive();
    const logIns = [await enter(password), await enter(newPassword)];
    const deleted = await kit.call('deleteAccount', { as, body: { password: newPassword, messages: 'erase' } });
    const afterDeletion = await alive();
    return {
      ...{ list, wrong, ended, endedOthers, changed, deleted, logIns },
      alive: { ended: afterEnd, endedOthers: afterOthers, changed: afterChange, deleted: afterDeletion },
    };
  });

export const accountAnswers = {
  'listSessions.200': async (kit) => {
    const { list } = await lifeOfAnAccount(kit);
    expectStatus(list, 200);
    const shown = list.body.sessions.map(({ kind, current }: Json) => `${kind} ${current}`);
    same(shown, ['cookie false', 'token true', 'token false'], 'kind and current of each, newest first');
  },
  'endSession.204': async (kit) => {
    const { ended, alive } = await lifeOfAnAccount(kit);
    expectStatus(ended, 204);
    same(alive.ended, [200, 200, 401], 'the sessions afterwards');
  },
  'endOtherSessions.204': async (kit) => {
    const { endedOthers, alive } = await lifeOfAnAccount(kit);
    expectStatus(endedOthers, 204);
    same(alive.endedOthers, [401, 200, 401], 'the sessions afterwards');
  },
  'changePassword.204': async (kit) => {
    const { changed, alive, logIns } = await lifeOfAnAccount(kit);
    expectStatus(changed, 204);
    same(alive.changed, [401, 200, 401], 'the sessions afterwards');
    same(logIns, [401, 200], 'log-ins with the old and the new password');
  },
  'deleteAccount.202': async (kit) => {
    const { deleted, alive } = await lifeOfAnAccount(kit);
    expectStatus(deleted, 202);
    same(alive.deleted, [401, 401, 401], 'the sessions afterwards');
  },
  'requestPasswordReset.202': async (kit) => {
    const email = `kit.${crypto.randomUUID()}@example.org`;
    const answer = await kit.call('requestPasswordReset', { body: { email } });
    if (answer.status === 403) throw new Skip('this server sends no mail');
    expectStatus(answer, 202);
  },
  'resetPassword.204': async () => {
    throw new Skip('the token is sent by mail');
  },
} satisfies Readonly<Record<string, Attempt>>;
