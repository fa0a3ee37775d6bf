// The limits that are times. The tests wait for them concurrently.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import WebSocket from 'ws';
import { type House, startHouse } from '../house.ts';
import { openSocket } from '../people.ts';
import type { Member, RecordedRoom } from '../records.ts';
import { note } from '../wiretap.ts';

let house: House;
let ann: Member;
let bob: Member;
let room: RecordedRoom;

before(async () => {
  house = await startHouse();
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
  room = await house.records.room(ann);
});
after(() => house.stop());

const shown = (name: keyof typeof LIMITS) => {
  note(`limit ${name} at`);
  note(`limit ${name} beyond`);
};

suite('time limits', { concurrency: true }, () => {
  test('a socket is pinged every 25 s; without a pong for 10 s it is closed with 4001, with one it stays open', async () => {
    const url = `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`;
    const headers = { authorization: `Bearer ${await house.records.roomToken(ann, room)}` };
    const deaf = new WebSocket(url, { headers, autoPong: false });
    const well = new WebSocket(url, { headers });
    const pings: number[] = [];
    const pingedTwice = new Promise<void>((resolve) =>
      well.on('ping', () => pings.push(performance.now()) === 2 && resolve()),
    );
    const opened = performance.now();
    await new Promise((resolve) => deaf.once('ping', resolve));
    const pinged = performance.now();
    assert.ok(pinged - opened < LIMITS.pingSeconds * 1_000 + 1_000);
    shown('pingSeconds');
    const code = await new Promise((resolve) => deaf.once('close', resolve));
    const seconds = (performance.now() - pinged) / 1_000;
    assert.equal(code, 4001);
    assert.ok(seconds > LIMITS.pongSeconds - 0.5 && seconds < LIMITS.pongSeconds + 2, `closed after ${seconds} s`);
    shown('pongSeconds');
    await pingedTwice;
    const between = (pings[1]! - pings[0]!) / 1_000;
    assert.ok(Math.abs(between - LIMITS.pingSeconds) < 2, `pinged again after ${between} s`);
    assert.equal(well.readyState, WebSocket.OPEN);
    well.terminate();
  });

  test('typing expires 5 s after its last start', async () => {
    const [watcher, typist] = [
      await house.records.join(ann, room, house.chats[0]!.url),
      await house.records.join(bob, room, house.chats[0]!.url),
    ];
    typist.send({ type: 'typing.start' });
    await watcher.next('typing.changed', (frame) => frame.usernames.includes(bob.username));
    const began = performance.now();
    await watcher.next('typing.changed', (frame) => frame.usernames.length === 0, 8_000);
    const seconds = (performance.now() - began) / 1_000;
    assert.ok(seconds > LIMITS.typingSeconds - 0.7 && seconds < LIMITS.typingSeconds + 1, `after ${seconds} s`);
    shown('typingSeconds');
    watcher.ws.terminate();
    typist.ws.terminate();
  });

  test('a room token opens sockets until it expires', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const url = `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`;
    const lives = await house.records.roomToken(ann, room, { iat: now - LIMITS.roomTokenSeconds + 5, exp: now + 5 });
    (await openSocket(url, lives)).ws.terminate();
    const expired = await house.records.roomToken(ann, room, { iat: now - LIMITS.roomTokenSeconds, exp: now });
    await assert.rejects(openSocket(url, expired), /invalid_token/);
    shown('roomTokenSeconds');
  });
});
