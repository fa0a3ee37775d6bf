// One peer, one hanging call or one storm of resumes does not affect the other users (G6, G7).
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { listen } from '@parlance/service/listen.ts';
import pg from 'pg';
import { collectGarbage } from '../garbage.ts';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call, openSocket, person, Refused, sleep } from '../people.ts';
import type { Member } from '../records.ts';
import { startChatPart, startWebsitePart, testDatabase } from '../stack.ts';

let house: House;
let ann: Member;
before(async () => {
  house = await startHouse({ environment: { SOCKETS_PER_USER: '1000', SOCKETS_PER_ADDRESS: '1000' } });
  [ann] = (await house.records.members(1)) as [Member];
});
after(() => house.stop());

test('a call for changes that hangs times out, and a revocation closes the socket within 3 s', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await bob.createRoom();
  const socket = await bob.join(room.name, '', house.chats[0]!.url);
  const token = await bob.roomToken(room.name);
  let hung = 0;
  const hanging = Promise.withResolvers<void>();
  house.wires[0]!.fault = async ({ path }, forward) => {
    if (path === '/changes' && hung === 0) {
      hung += 1;
      await hanging.promise;
    }
    return forward();
  };
  await until(() => hung === 1);
  await call(house.websites[0]!.url, 'DELETE', '/api/session', { token: bob.token });
  assert.equal(await socket.closed(3_500), 4501);
  const url = `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`;
  await assert.rejects(openSocket(url, token), Refused);
  hanging.resolve();
  house.wires[0]!.fault = undefined;
  await untilLetIn(house.chats[0]!);
});

test('a storm of resumes delays no message of another room', async () => {
  const [long, other] = [await house.records.room(ann), await house.records.room(ann)];
  await house.records.fill(long, ann, 250);
  const live = await house.records.join(ann, other, house.chats[0]!.url);
  let reads = 0;
  house.wires[0]!.fault = async ({ method, path }, forward) => {
    if (method === 'GET' && path.endsWith('/events')) {
      reads += 1;
      await sleep(500);
    }
    return forward();
  };
  // Behind the storm every round would take 500 ms, so one faster round shows that nothing is delayed.
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && fastest > 400; round += 1) {
    reads = 0;
    const resumes = await Promise.all(
      Array.from({ length: 200 }, (_, after) =>
        house.records.join(ann, long, house.chats[0]!.url, `?after=${after}&roomId=${long.id}`),
      ),
    );
    const began = performance.now();
    const id = live.say('in between');
    await live.next('message.created', (frame) => frame.id === id);
    fastest = Math.min(fastest, performance.now() - began);
    assert.ok(reads >= 16, 'the premise: resumes wait for pages');
    for (const { ws } of resumes) ws.terminate();
  }
  assert.ok(fastest < 400, `acknowledged after ${fastest} ms`);
  house.wires[0]!.fault = undefined;
});

test('a client that resumes, reads nothing and repeats messages is closed, and memory stays bounded', async () => {
  const room = await house.records.room(ann);
  const text = '🎂'.repeat(4_000);
  const speaker = await house.records.join(ann, room, house.chats[0]!.url);
  const ids = Array.from({ length: 20 }, () => speaker.say(text));
  await until(() => speaker.seqs().length === 20, 10_000);
  await house.records.fill(room, ann, 600, text);
  const url = `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}?after=0&roomId=${room.id}`;
  const deaf = await openSocket(url, await house.records.roomToken(ann, room));
  await sleep(200);
  deaf.ws.pause();
  const closed = new Promise((resolve) => deaf.ws.once('close', resolve));
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 100; round += 1) {
    for (const id of ids) if (deaf.ws.readyState === deaf.ws.OPEN) deaf.say(text, id);
    await sleep(20);
  }
  let grown = Number.POSITIVE_INFINITY;
  // Memory that is free is not always returned at once; memory that is leaked never is.
  for (let tries = 0; tries < 20 && grown >= 60; tries += 1) {
    if (tries > 0) await sleep(50);
    collectGarbage();
    grown = (process.memoryUsage().arrayBuffers - before) / 1024 / 1024;
  }
  assert.ok(grown < 60, `${Math.round(grown)} MB more`);
  const closedHere = () =>
    house.chats[0]!.lines.some((line) => line.msg === 'socket closed' && line.roomId === room.id);
  await until(closedHere, 8_000); // the server waits 5 s for the answer to its close
  deaf.ws.resume();
  await closed;
});

test('two websites behind one address cause no hot loop, both see chat, and a malformed notification is ignored', async () => {
  const database = await testDatabase();
  const websites = [await startWebsitePart(database.url), await startWebsitePart(database.url)];
  let calls = 0;
  let turn = 0;
  const balancer = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url!.endsWith('/changes')) calls += 1;
    turn += 1;
    const answer = await fetch(websites[turn % 2]!.internalUrl + request.url, {
      method: request.method!,
      headers: { authorization: request.headers.authorization!, 'content-type': 'application/json' },
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    }).catch(() => undefined);
    if (!answer) return void response.destroy();
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(Buffer.from(await answer.arrayBuffer()));
  });
  const port = await listen(balancer, 0, '127.0.0.1');
  const chat = await startChatPart(`http://127.0.0.1:${port}`);
  await untilLetIn(chat);
  calls = 0;
  await sleep(2_000);
  assert.ok(calls <= 42, `${calls} calls for changes in 2 s`);
  for (const { url } of websites) assert.equal((await call(url, 'GET', '/healthz')).status, 200);
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query(`notify parlance_changes, 'no json'`);
  await client.end();
  await sleep(100);
  for (const { url } of websites) assert.equal((await call(url, 'GET', '/healthz')).status, 200);
  await chat.stop();
  balancer.closeAllConnections();
  balancer.close();
  for (const website of websites) await website.stop();
  await database.drop();
});
