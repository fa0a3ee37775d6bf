// Forged client addresses through the real nginx: no header of a client changes a counter or a log line.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { nginxIsMissing, startNginx } from './nginx_fixture.ts';
import { call, openSocket, PASSWORD, person, Refused } from './people.ts';
import { startTestStack } from './stack.ts';

const claims = (address: string): Record<string, string> => ({
  'X-Forwarded-For': address,
  'X-Real-IP': address,
  'X-Client-IP': address,
  'X-Cluster-Client-IP': address,
  'True-Client-IP': address,
  'CF-Connecting-IP': address,
  Forwarded: `for=${address};host=${address}`,
});

describe('through nginx', { skip: nginxIsMissing }, () => {
  test('an address that a client claims affects no limit and appears in no log', async (t) => {
    const stack = await startTestStack({
      TRUSTED_PROXIES: '127.0.0.1',
      REGISTRATIONS_PER_HOUR: '2',
      SOCKETS_PER_ADDRESS: '1',
    });
    t.after(() => stack.stop());
    const service = new URL(stack.url).host;
    const { port, log } = await startNginx(t, { website: service, chat: service });
    const url = `http://127.0.0.1:${port}`;
    const ann = await person(url);
    const register = (address: string) => {
      const username = `user-${randomUUID().slice(0, 8)}`;
      const body = { email: `${username}@example.org`, username, password: PASSWORD };
      return call(url, 'POST', '/api/users', { body, headers: claims(address) });
    };
    assert.equal((await register('192.0.2.1')).status, 201);
    for (const address of ['192.0.2.2', '2001:db8::1', '127.0.0.1, 192.0.2.3', '::ffff:192.0.2.4', 'unknown']) {
      assert.equal((await register(address)).status, 429, address);
    }
    const room = await ann.createRoom();
    const token = await ann.roomToken(room.name);
    const open = (address: string) =>
      openSocket(`${url.replace('http', 'ws')}/ws/${encodeURIComponent(room.name)}`, token, {
        headers: claims(address),
      });
    const first = await open('192.0.2.5');
    await assert.rejects(open('192.0.2.6'), (error) => error instanceof Refused && error.status === 429);
    await first.close();
    for (const text of [stack.text(), log()]) {
      assert.ok(text.includes('"address":"127.0.0.1"'));
      assert.doesNotMatch(text, /192\.0\.2\.|2001:db8/);
    }
  });
});
