// Checks the HTTP request that each client method sends, against a stub server.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { allOperations } from '../../../tests/contract.ts';
import { leaveUnheard } from '../../../tests/wiretap.ts';
import { type Client, createClient } from '../index.ts';

const id = '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21';
const path = `/api/rooms/Tea%20room/messages/${id}`;
let client: Client;
let last: IncomingMessage & { text: string };

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  last = Object.assign(request, { text });
  const hasBody = request.method === 'GET' || request.method === 'PATCH';
  response.writeHead(hasBody ? 200 : 204, { 'content-type': 'application/json' }).end(hasBody ? '{}' : undefined);
});

before(async () => {
  leaveUnheard(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, accessToken: 'x' });
});
after(() => server.close());

const line = () => `${last.method} ${last.url}`;

test('there is a method for each operation', async () => {
  const methods = Object.keys(client);
  const missing = allOperations().filter(({ operationId }) => !methods.includes(operationId));
  assert.deepEqual(missing, []);
  assert.deepEqual(await client.getLimits(), {});
  assert.equal(line(), 'GET /api/limits');
});

test('a message is read and deleted by its id', async () => {
  await client.getMessage('Tea room', id);
  assert.equal(line(), `GET ${path}`);
  assert.equal(await client.deleteMessage('Tea room', id), undefined);
  assert.equal(line(), `DELETE ${path}`);
});

test('an edit sends If-Match with the revision as an ETag, and omits it without ifMatch', async () => {
  await client.editMessage('Tea room', id, { content: 'more tea' }, { ifMatch: 42 });
  assert.deepEqual([line(), last.headers['if-match'], last.text], [`PATCH ${path}`, '"42"', '{"content":"more tea"}']);
  await client.editMessage('Tea room', id, { content: 'more tea' });
  assert.equal(last.headers['if-match'], undefined);
});

test('every method takes a signal', async () => {
  const reason = new Error('changed my mind');
  const options = { signal: AbortSignal.abort(reason) };
  for (const call of [
    client.getMessage('Tea room', id, options),
    client.editMessage('Tea room', id, { content: 'tea' }, { ...options, ifMatch: 1 }),
    client.deleteMessage('Tea room', id, options),
    client.addReaction('Tea room', id, '👍', options),
    client.removeReaction('Tea room', id, '👍', options),
    client.listEvents('Tea room', {}, options),
  ]) {
    await assert.rejects(call, reason);
  }
});

test('an emoji is percent-encoded completely, including characters that are reserved in a URL', async () => {
  for (const emoji of ['👍', '❤️', '👩🏽‍🚀', '#️⃣', '*️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']) {
    for (const [method, call] of [
      ['PUT', client.addReaction],
      ['DELETE', client.removeReaction],
    ] as const) {
      assert.equal(await call('Tea room', id, emoji), undefined);
      assert.equal(line(), `${method} ${path}/reactions/${encodeURIComponent(emoji)}`);
      assert.match(last.url ?? '', /^[\x21-\x7e]+$/);
      assert.equal(decodeURIComponent(last.url?.split('/').at(-1) ?? ''), emoji);
    }
  }
});

test('the log is read from its beginning or after a seq', async () => {
  await client.listEvents('Tea room');
  assert.equal(line(), 'GET /api/rooms/Tea%20room/events');
  await client.listEvents('Tea room', { after: 41, limit: 10 });
  assert.equal(line(), 'GET /api/rooms/Tea%20room/events?after=41&limit=10');
});

test('sendMessage without roomId does not compile', async () => {
  // @ts-expect-error roomId is missing
  await client.sendMessage('Tea room', { id, content: 'tea' });
  await client.sendMessage('Tea room', { id, content: 'tea', roomId: id });
  assert.deepEqual(JSON.parse(last.text), { id, content: 'tea', roomId: id });
});
