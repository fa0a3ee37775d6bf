// Every security rule of the contract: what needs a session refuses whoever has none, and takes a cookie and a bearer
// token alike.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { allOperations, type Operation } from '../../tests/contract.ts';
import { call, PASSWORD, person } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

/** How each operation that needs a session is called well, in a room that the caller owns. */
const CALLS: Record<string, (room: string) => [method: string, path: string, body?: object]> = {
  getSession: () => ['GET', '/api/session'],
  listRooms: () => ['GET', '/api/rooms'],
  createRoom: () => ['POST', '/api/rooms', { name: `Room ${randomUUID().slice(0, 8)}` }],
  getRoom: (room) => ['GET', room],
  listMessages: (room) => ['GET', `${room}/messages`],
  sendMessage: (room) => ['POST', `${room}/messages`, { id: randomUUID(), content: 'x' }],
  issueRoomToken: (room) => ['POST', `${room}/tokens`],
  deleteRoom: (room) => ['DELETE', room],
  logOut: () => ['DELETE', '/api/session'],
};

const needsSession = (operation: Operation) => operation.security?.length !== 0;

test('the operations that need a session are those that the contract says', () => {
  const declared = allOperations().filter(needsSession);
  assert.deepEqual(declared.map(({ operationId }) => operationId).toSorted(), Object.keys(CALLS).toSorted());
});

for (const [operationId, request] of Object.entries(CALLS)) {
  test(`${operationId} refuses strangers, takes a cookie, takes a bearer token`, async () => {
    const ann = await person(stack.url);
    const login = await call(stack.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
    const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    const ways = [
      {},
      { headers: { authorization: 'Bearer nonsense', cookie } },
      { headers: { cookie } },
      { token: ann.token },
    ];
    const statuses: number[] = [];
    for (const way of ways) {
      const room = await ann.createRoom();
      const [method, path, body] = request(`/api/rooms/${encodeURIComponent(room.name)}`);
      statuses.push((await call(stack.url, method, path, { body, ...way })).status);
    }
    assert.deepEqual(statuses.slice(0, 2), [401, 401], 'nobody, and a bad bearer token beside a good cookie');
    for (const status of statuses.slice(2)) assert.ok(status < 300, String(statuses));
  });
}
