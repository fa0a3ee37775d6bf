// Refusals of valid requests about accounts: wrong passwords, unknown sessions, used tokens, no mail.
import type { Operation } from '../contract.ts';
import { Skip } from '../row.ts';
import { lifeOfAnAccount } from './account_answers.ts';
import { expectProblem, type Provocation } from './provoke.ts';

export const accountRefusals = ({ id }: Operation): Provocation[] => REFUSALS[id] ?? [];

const wrongPassword = (id: string): Provocation => ({
  status: 401,
  name: 'password',
  says: 'with invalid_credentials to a wrong current password.',
  run: async (kit) => expectProblem((await lifeOfAnAccount(kit)).wrong[id]!, 'invalid_credentials', 401),
});

const REFUSALS: Readonly<Record<string, Provocation[]>> = {
  changePassword: [wrongPassword('changePassword')],
  deleteAccount: [wrongPassword('deleteAccount')],
  endSession: [
    {
      status: 404,
      says: 'to a session that does not exist.',
      run: async (kit) => {
        const answer = await kit.call('endSession', { as: kit.cast.ann, session: crypto.randomUUID() });
        expectProblem(answer, 'session_not_found', 404);
      },
    },
    {
      status: 404,
      name: 'stranger',
      says: "to another user's session.",
      run: async (kit) => {
        const { body } = await kit.call('listSessions', { as: kit.cast.bob });
        const answer = await kit.call('endSession', { as: kit.cast.ann, session: body.sessions[0].id });
        expectProblem(answer, 'session_not_found', 404);
      },
    },
  ],
  requestPasswordReset: [
    {
      status: 403,
      name: 'mail',
      says: 'with mail_not_configured if the server sends no mail.',
      run: async (kit) => {
        const answer = await kit.call('requestPasswordReset', {
          body: { email: `kit.${crypto.randomUUID()}@example.org` },
        });
        if (answer.status === 202) throw new Skip('this server sends mail');
        expectProblem(answer, 'mail_not_configured', 403);
      },
    },
  ],
  resetPassword: [
    {
      status: 401,
      says: 'to a token that was never issued.',
      run: async (kit) => {
        const body = { token: 'A'.repeat(43), password: crypto.randomUUID() };
        expectProblem(await kit.call('resetPassword', { body }), 'invalid_token', 401);
      },
    },
  ],
};
