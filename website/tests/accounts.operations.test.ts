// Which operations need a session, by cookie or by token, as the contract says.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import contract from '@parlance/specs/openapi.json' with { type: 'json' };
import { call, PASSWORD, person } from '../../tests/people.ts';
import { assertProblem, logIn, sidOf, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
});
after(() => site.stop());

const BODIES: Record<string, () => object> = {
  createRoom: () => ({ name: `Room ${randomUUID()}` }),
  sendMessage: () => ({ id: randomUUID(), content: 'hello' }),
  editMessage: () => ({ content: 'edited' }),
  changePassword: () => ({ currentPassword: PASSWORD, newPassword: PASSWORD }),
  deleteAccount: () => ({ password: PASSWORD, messages: 'keep' }),
};

const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { operationId: string; security?: unknown[] }>).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    path,
  })),
);

for (const { operationId, method, path, security } of operations) {
  if (security?.length === 0) continue;
  test(`${operationId} needs a session, and takes it from a cookie or a token`, async () => {
    let ann = await person(site.url);
    const ask = async (headers: Record<string, string>) => {
      const room = await ann.createRoom();
      const body = BODIES[operationId]?.();
      const roomName = encodeURIComponent(room.name);
      const messageId = randomUUID();
      await ann.call('POST', `/api/rooms/${roomName}/messages`, { id: messageId, content: 'hello' });
      const sessionId = sidOf(ann.token);
      const { username } = await person(site.url);
      if (/suspend/i.test(operationId)) {
        await site.sql.query('update users set is_admin = true where username = $1', [ann.username]);
      }
      const values: Record<string, string> = {
        roomName,
        messageId,
        emoji: encodeURIComponent('👍'),
        sessionId,
        username,
      };
      const target = path.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]!);
      return call(site.url, method, target, { headers, body });
    };
    assertProblem(await ask({}), 'not_authenticated');
    assertProblem(await ask({ authorization: 'Bearer nonsense' }), 'not_authenticated');
    assertProblem(await ask({ cookie: 'parlance_session=s%3Anonsense.x' }), 'not_authenticated');
    for (const kind of ['cookie', 'token']) {
      ann = await person(site.url); // the previous operation may have ended the sessions
      const body = { email: ann.email, password: PASSWORD };
      const { accessToken } = (await call(site.url, 'POST', '/api/access-tokens', { body })).body;
      const headers: Record<string, string> =
        kind === 'cookie'
          ? { cookie: (await logIn(site.url, ann.email)).cookie }
          : { authorization: `Bearer ${accessToken}` };
      const { status } = await ask(headers);
      assert.ok(status >= 200 && status < 300, `${status}`);
    }
  });
}

test('only registration, login, password reset, health and limits need no session', () => {
  const open = operations.filter(({ security }) => security?.length === 0).map(({ operationId }) => operationId);
  assert.deepEqual(open.toSorted(), [
    ...['createAccessToken', 'getHealth', 'getLimits', 'logIn', 'registerUser'],
    ...['requestPasswordReset', 'resetPassword'],
  ]);
});
