// The client in a real browser: the session cookie, the token as a subprotocol, the return of the network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { person } from '../../../tests/people.ts';
import { startTestStack, type TestStack } from '../../../tests/stack.ts';
import { chromiumIsMissing, openVisitors, type Visitors } from '../../../website/tests/pages_fixture.ts';
import type * as Client from '../index.ts';
import { type Cable, layCable } from './cable.ts';

interface Seen {
  state: Client.RoomState | 'online';
  retryInMs?: number;
  at: number;
}
// The globals of the page.
declare const parlance: typeof Client;
declare const room: Client.RoomSocket;
declare const seen: Seen[];

const skip = chromiumIsMissing;
let stack: TestStack;
let cable: Cable;
let visitors: Visitors;
let script: string;

before(async () => {
  if (skip) return;
  stack = await startTestStack();
  cable = await layCable(stack.url);
  visitors = await openVisitors(cable.url);
  const entryPoints = [new URL('../index.ts', import.meta.url).pathname];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: 'iife',
    globalName: 'parlance',
    write: false,
  });
  script = `${outputFiles[0]?.text}; globalThis.parlance = parlance;`;
});
after(async () => {
  if (skip) return;
  await visitors.leave();
  await cable.close();
  await stack.stop();
});

test('a page needs only its cookie, and reconnects at once when the network returns', {
  skip,
  timeout: 30_000,
}, async () => {
  const ann = await person(stack.url);
  const { name } = await ann.createRoom();
  const page = await visitors.enter(ann, '/rooms');
  await page.evaluate(script);

  const said = await page.evaluate(async (name) => {
    const seen: Seen[] = [];
    // Added before the client's own listener, which reconnects at once.
    addEventListener('online', () => seen.push({ state: 'online', at: performance.now() }));
    const room = parlance.createClient().joinRoom(name);
    Object.assign(globalThis, { room, seen });
    room.on('state', (event) => seen.push({ ...event, at: performance.now() }));
    const heard: unknown[] = [];
    room.on('message', ({ content }) => heard.push(content));
    const { seq } = await room.send('from a page').stored;
    return { seq, heard, state: room.state };
  }, name);
  assert.deepEqual(said, { seq: 1, heard: ['from a page'], state: 'open' });

  cable.pull();
  await page.waitForFunction(() => (seen.at(-1)?.retryInMs ?? 0) > 2000);
  await page.context().setOffline(true);
  cable.putIn();
  await page.context().setOffline(false);
  const back = await page.evaluate(async () => ({ seq: (await room.send('back again').stored).seq, seen }));
  assert.equal(back.seq, 2);
  const online = back.seen.findIndex(({ state }) => state === 'online');
  const [wait, event, retry] = back.seen.slice(online - 1, online + 2);
  assert.deepEqual([wait?.state, retry?.state], ['waiting', 'connecting']);
  const early = wait!.at + wait!.retryInMs! - retry!.at;
  assert.ok(early > 200, `the premise: without the event it would have waited ${early} ms more`);
  assert.ok(retry!.at - event!.at < 100, `it tried again ${retry!.at - event!.at} ms after the network came back`);
});
