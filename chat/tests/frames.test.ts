// All frames in both directions: which are accepted, which are refused and how, and that a refusal changes nothing.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { type House, startHouse } from '../../tests/house.ts';
import type { Json, Socket } from '../../tests/people.ts';
import type { Member, RecordedRoom } from '../../tests/records.ts';

let house: House;
let ann: Member;
let bob: Member;
let room: RecordedRoom;
before(async () => {
  house = await startHouse();
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
  room = await house.records.room(ann, 'Frames');
});
after(() => house.stop());

const join = (member: Member, where = room) => house.records.join(member, where, house.chats[0]!.url);
const ID = '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21';
const message = (more: object): object => ({ type: 'message.send', id: ID, content: 'x', ...more });
const said = (socket: Socket, content: string) => socket.next('message.created', (frame) => frame.content === content);

test('room.joined comes first with the username, the members and the last seq', async () => {
  const quiet = await house.records.room(ann);
  await house.records.fill(quiet, ann, 3);
  const first = await join(ann, quiet);
  const common = { type: 'room.joined', roomId: quiet.id, room: quiet.name, lastSeq: 3, resumed: false };
  assert.deepEqual(first.frames[0], { ...common, username: ann.username, members: [ann.username], memberCount: 1 });
  const second = await join(bob, quiet);
  const members = [bob.username, ann.username];
  assert.deepEqual(second.frames[0], { ...common, username: bob.username, members, memberCount: 2 });
});

test('message.created delivers exactly the stored message to every member', async () => {
  const [own, other] = [await join(ann), await join(bob)];
  const id = own.say('whole');
  const frame = await said(own, 'whole');
  assert.deepEqual(Object.keys(frame).sort(), [
    'content',
    'id',
    'room',
    'roomId',
    'seq',
    'timestamp',
    'type',
    'username',
  ]);
  assert.deepEqual([frame.id, frame.room, frame.roomId, frame.username], [id, room.name, room.id, ann.username]);
  assert.match(frame.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(frame.timestamp) - Date.now()) < 5_000);
  assert.deepEqual(await said(other, 'whole'), frame);
});

test('content arrives unchanged, character by character', async () => {
  const [own, other] = [await join(ann), await join(bob)];
  const contents = [
    ' leading and trailing ',
    'line\r\nbreaks\n\ttabs',
    'e\u0301 is not é',
    '👩‍👩‍👧 𝒜 \u{10FFFF}',
    'مرحبا \u202Eabc\u202C',
    '\u2028\u2029\u0085\u0001\u007F\uFEFF\uFFFF',
    '"quotes" \\ / <script>alert(1)</script> & {{x}} %s',
    '{"type":"room.deleted"}',
  ];
  for (const content of contents) own.say(content);
  for (const content of contents) assert.equal((await said(other, content)).content, content);
  const log = (await house.records.log(room)).map((row) => row.content);
  assert.deepEqual(log.slice(-contents.length), contents);
});

test('typing.start sends typing.changed to every member', async () => {
  const [own, other] = [await join(ann), await join(bob)];
  own.send({ type: 'typing.start' });
  assert.deepEqual(await other.next('typing.changed'), { type: 'typing.changed', usernames: [ann.username] });
});

/** A frame, and the code, the pointer and the refId of the expected error. */
const OFF_SPEC: [Json, 'invalid_json' | 'invalid_frame', string?, string?][] = [
  ['', 'invalid_json'],
  ['{', 'invalid_json'],
  ['{"type":"typing.start"} x', 'invalid_json'],
  ["{'type':'typing.start'}", 'invalid_json'],
  [`${'['.repeat(30_000)}`, 'invalid_json'],
  [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'invalid_frame', ''],
  ['null', 'invalid_frame', ''],
  ['[]', 'invalid_frame', ''],
  ['7', 'invalid_frame', ''],
  ['"typing.start"', 'invalid_frame', ''],
  [{}, 'invalid_frame', ''],
  [{ type: 'nope' }, 'invalid_frame', '/type'],
  [{ type: 'message.created', id: ID, seq: 1 }, 'invalid_frame', '/type', ID],
  [{ type: 'TYPING.START' }, 'invalid_frame', '/type'],
  [{ type: 7 }, 'invalid_frame', '/type'],
  [{ type: ['typing.start'] }, 'invalid_frame', '/type'],
  [{ type: 'constructor' }, 'invalid_frame', '/type'],
  [{ type: 'typing.start', content: 'x' }, 'invalid_frame', ''],
  ['{"type":"typing.start","__proto__":{}}', 'invalid_frame', ''],
  [{ type: 'message.send' }, 'invalid_frame', ''],
  [{ type: 'message.send', content: 'x' }, 'invalid_frame', ''],
  [{ type: 'message.send', id: ID }, 'invalid_frame', '', ID],
  [message({ room: 'x' }), 'invalid_frame', '', ID],
  [message({ seq: 1 }), 'invalid_frame', '', ID],
  [message({ id: ID.toUpperCase() }), 'invalid_frame', '/id', ID.toUpperCase()],
  [message({ id: `urn:uuid:${ID}` }), 'invalid_frame', '/id', `urn:uuid:${ID}`],
  [message({ id: `${ID}\n` }), 'invalid_frame', '/id', `${ID}\n`],
  [message({ id: '' }), 'invalid_frame', '/id', ''],
  [message({ id: 'x'.repeat(65) }), 'invalid_frame', '/id'],
  ['{"type":"message.send","id":"\\ud800","content":"x"}', 'invalid_frame', '/id'],
  [message({ id: 7 }), 'invalid_frame', '/id'],
  [message({ id: null }), 'invalid_frame', '/id'],
  [message({ content: 7 }), 'invalid_frame', '/content', ID],
  [message({ content: null }), 'invalid_frame', '/content', ID],
  [message({ content: ['x'] }), 'invalid_frame', '/content', ID],
  [message({ content: '' }), 'invalid_frame', '/content', ID],
  [message({ content: ' ' }), 'invalid_frame', '/content', ID],
  [message({ content: '\n\t\r ' }), 'invalid_frame', '/content', ID],
  [message({ content: '\u00A0\u2003\u3000\uFEFF' }), 'invalid_frame', '/content', ID],
  [message({ content: '\u200B\u0001\u202E' }), 'invalid_frame', '/content', ID],
  [message({ content: 'a\0b' }), 'invalid_frame', '/content', ID],
  [`{"type":"message.send","id":"${ID}","content":"a\\udfffb"}`, 'invalid_frame', '/content', ID],
  [`{"type":"message.send","id":"${ID}","content":"\\ude00\\ud83d"}`, 'invalid_frame', '/content', ID],
  [message({ content: 'x'.repeat(LIMITS.contentMax + 1) }), 'invalid_frame', '/content', ID],
  [message({ content: '😀'.repeat(LIMITS.contentMax + 1) }), 'invalid_frame', '/content', ID],
];

test('each off-spec frame is answered with a detail and a pointer, and changes nothing', async () => {
  const quiet = await house.records.room(ann);
  const witness = await join(bob, quiet);
  for (let start = 0; start < OFF_SPEC.length; start += LIMITS.offSpecPerMinute) {
    const socket = await join(ann, quiet);
    for (const [frame, code, pointer, refId] of OFF_SPEC.slice(start, start + LIMITS.offSpecPerMinute)) {
      socket.send(frame);
      const { type, detail, ...answer } = await socket.next('error');
      const expected = {
        code,
        ...(pointer === undefined ? {} : { pointer }),
        ...(refId === undefined ? {} : { refId }),
      };
      assert.deepEqual(answer, expected, JSON.stringify(frame).slice(0, 200));
      assert.equal(type, 'error');
      assert.ok(detail.length > 0 && detail.length < 300);
    }
    // The socket still works: only the frames were refused.
    socket.say('still here');
    await said(socket, 'still here');
    await socket.close();
  }
  const log = await house.records.log(quiet);
  assert.deepEqual(new Set(log.map((row) => row.content)), new Set(['still here']));
  assert.equal(witness.frames.filter((frame) => frame.type === 'error').length, 0);
});

test('a message of contentMax characters is accepted however it is escaped, one character more is refused', async () => {
  const escaped = (text: string) =>
    Array.from({ length: text.length }, (_, unit) => `\\u${text.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(
      '',
    );
  const socket = await join(ann);
  for (const character of ['x', '字', '😀', '"', '\u0001']) {
    const content = `${character.repeat(LIMITS.contentMax - 1)}x`;
    for (const write of [escaped, (text: string) => JSON.stringify(text).slice(1, -1)]) {
      const [type, id, key] = [escaped('message.send'), randomUUID(), escaped('content')];
      const frame = `{"${escaped('type')}":"${type}","${escaped('id')}":"${escaped(id)}","${key}":"${write(content)}"}`;
      assert.ok(Buffer.byteLength(frame) <= LIMITS.bodyMax, `${Buffer.byteLength(frame)} bytes`);
      socket.send(frame);
      assert.equal((await socket.next('message.created', (created) => created.id === id)).content, content);
    }
  }
  socket.say('😀'.repeat(LIMITS.contentMax + 1), ID);
  assert.equal((await socket.next('error')).pointer, '/content');
});

test('a frame of 64 KiB is handled, valid or not', async () => {
  const socket = await join(ann, await house.records.room(ann));
  socket.send(`{"type":"typing.start"${' '.repeat(LIMITS.bodyMax - 23)}}`);
  await socket.next('typing.changed');
  socket.send(' '.repeat(LIMITS.bodyMax));
  assert.equal((await socket.next('error')).code, 'invalid_json');
});
