// Frames of an attacker: compression that was not negotiated, prototype names, deeply nested JSON, and forged
// properties. closing.test.ts covers protocol errors and floods.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import WebSocket from 'ws';
import { type House, startHouse } from '../../tests/house.ts';
import type { Json } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';
import { rawUpgrade } from './raw_upgrade.ts';

let house: House;
let ann: Member;
let room: RecordedRoom;
before(async () => {
  house = await startHouse();
  [ann] = (await house.records.members(1)) as [Member];
  room = await house.records.room(ann);
});
after(() => house.stop());

const url = () => `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`;
const path = () => `/ws/${encodeURIComponent(room.name)}`;
const authorization = async () => ({ Authorization: `Bearer ${await house.records.roomToken(ann, room)}` });

test('compression is never negotiated, and a compressed frame closes with 1002', async () => {
  for (const offer of [
    'permessage-deflate',
    'permessage-deflate; client_max_window_bits; server_max_window_bits=8',
    'permessage-deflate; client_no_context_takeover, permessage-deflate',
    'x-webkit-deflate-frame',
    'permessage-bzip2',
  ]) {
    const headers = { ...(await authorization()), 'Sec-WebSocket-Extensions': offer };
    const answer = await rawUpgrade(house.chats[0]!.url, path(), { headers });
    assert.equal(answer.status, 101, answer.text);
    assert.equal(answer.headers['sec-websocket-extensions'], undefined, offer);
    answer.socket.destroy();
  }
  const socket = new WebSocket(url(), { headers: await authorization(), perMessageDeflate: true });
  await new Promise((resolve) => socket.once('open', resolve));
  assert.equal(socket.extensions, '');
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  // FIN, RSV1 and text: a deflated frame.
  (socket as unknown as { _socket: import('node:net').Socket })._socket.write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0]));
  assert.equal(await closed, 1002);
});

test('frames with prototype names, deep nesting or unknown properties are refused and change nothing', async () => {
  const id = randomUUID();
  const send = (more: string) => `{"type":"message.send","id":"${id}","content":"x",${more}}`;
  const frames = [
    send('"__proto__":{"polluted":1}'),
    send('"constructor":{"prototype":{"polluted":1}}'),
    send('"username":"somebody"'),
    send('"seq":1'),
    send('"room":"another"'),
    send(`"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    `${'{"type":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    '{"type":"message.created","seq":1,"id":"x","content":"forged"}',
    '{"type":"room.deleted"}',
    '["message.send"]',
    'null',
  ];
  for (let start = 0; start < frames.length; start += LIMITS.offSpecPerMinute) {
    const socket = await house.records.join(ann, room, house.chats[0]!.url);
    for (const frame of frames.slice(start, start + LIMITS.offSpecPerMinute)) {
      socket.send(frame);
      assert.equal((await socket.next('error')).code, 'invalid_frame', frame.slice(0, 80));
    }
    await socket.close();
  }
  assert.equal(({} as Json).polluted, undefined);
  assert.deepEqual(await house.records.log(room), []);
});
