// Names of rooms: any script, unique regardless of case, normalisation and look-alikes, and limited in length.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey, normalName } from '@parlance/specs/names.ts';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { normalBody } from '../app/normal.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
before(async () => {
  site = await startTestWebsite();
  ann = await person(site.url);
});
after(() => site.stop());

const open = (name: string) => ann.call('POST', '/api/rooms', { name });
const get = (name: string, more = '') => ann.call('GET', `/api/rooms/${encodeURIComponent(name)}${more}`);

for (const name of [
  'Чайная комната',
  '茶室',
  'غرفة الشاي',
  'חדר תה',
  'चाय का कमरा',
  'ห้องน้ำชา',
  'Phòng trà',
  '다실',
  'Ⅷ ² ৪',
  '𝕋𝕖𝕒',
  'x',
  '0',
  'a_b-c.d e',
]) {
  test(`a room may be called ${name}`, async () => {
    const answer = await open(name);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(answer.body.name, name.normalize('NFC'));
    assert.equal((await get(name)).body.id, answer.body.id);
    assert.equal((await ann.call('GET', answer.headers.get('location')!)).body.id, answer.body.id);
  });
}

for (const [kept, others] of [
  ['ΟΔΟΣ', ['οδος', 'οδοσ', 'Οδος']],
  ['Straße', ['STRASSE', 'strasse', 'STRAẞE']],
  ['İstanbul', ['i̇stanbul', 'İSTANBUL', 'İstanbul']],
  ['Kelvin', ['KELVIN', '\u212Aelvin']],
  ['Ünïcödé', ['ünïcödé', 'ÜNÏCÖDÉ', 'Ünïcödé'.normalize('NFD'), 'ünïcödé'.normalize('NFD')]],
  ['ﬁsh', ['FISH', 'fish']],
  ['ᾳδης', ['ΑΙΔΗΣ', 'ᾼδης']],
  ['ǆungla', ['ǅungla', 'Ǆungla']],
  ['Ꭰsgi', ['ꭰsgi']],
  ['각하', ['각하'.normalize('NFD')]],
] as const) {
  test(`${kept} is the same room as ${others.join(', ')}`, async () => {
    const room = await open(kept);
    assert.equal(room.status, 201);
    assert.equal(room.body.name, kept.normalize('NFC'), 'answered as created');
    for (const other of others) {
      assertProblem(await open(other), 'room_name_taken');
      assert.equal((await get(other)).body?.id, room.body.id, other);
      const found = await ann.call('GET', `/api/rooms?query=${encodeURIComponent(other)}`);
      assert.ok(
        found.body.rooms.some(({ id }: { id: string }) => id === room.body.id),
        `search for ${other}`,
      );
    }
  });
}

test('different names stay different rooms', async () => {
  for (const [one, other] of [
    ['resume', 'résumé'],
    ['room1', 'room2'],
    ['room-1', 'room_1'],
    ['Tea roams', 'Tea rooms'],
    ['чай', 'чаи'],
    ['Tea.room', 'Tea-room'],
    ['ılgaz', 'i̇lgaz'],
    ['ガ', 'カ'],
  ] as const) {
    const [first, second] = [await open(one), await open(other)];
    assert.deepEqual([first.status, second.status], [201, 201], `${one}, ${other}`);
    assert.equal((await get(one)).body.id, first.body.id);
  }
});

test('a name has at most roomNameMax characters, counted after NFC, in a body and in a path', async () => {
  const accented = 'e\u0301'.repeat(LIMITS.roomNameMax);
  assert.equal([...accented].length, 2 * LIMITS.roomNameMax, 'precondition: typed decomposed');
  const room = await open(accented);
  assert.equal(room.status, 201, JSON.stringify(room.body));
  assert.equal(room.body.name, 'é'.repeat(LIMITS.roomNameMax));
  assert.equal((await get(accented)).status, 200);
  assert.equal((await get(accented, '/messages')).status, 200);
  const outside = '𝕋'.repeat(LIMITS.roomNameMax);
  assert.equal((await open(outside)).status, 201, 'characters are code points');
  assert.equal((await get(outside)).status, 200);
  note('limit roomNameMax at');
  for (const name of [`${accented}e\u0301`, `${outside}x`, 'x'.repeat(LIMITS.roomNameMax + 1)]) {
    assertProblem(await open(name), 'invalid_request', '/body/name');
    assertProblem(await get(name), 'invalid_request', '/path/roomName');
  }
  note('limit roomNameMax beyond');
});

test('names with characters that the contract does not allow, or does not allow first or last, are refused', async () => {
  for (const name of [
    '',
    ' tea',
    'tea ',
    '.',
    '..',
    '.tea',
    '-tea',
    '_tea',
    '\u0301tea',
    'tea/room',
    'tea\\room',
    'tea%room',
    'tea\nroom',
    'tea\troom',
    'tea\u00a0room',
    'tea\u200droom',
    'tea\u0000',
    'tea🫖',
    '<b>',
    'a,b',
    'tea\ud800',
  ]) {
    assertProblem(await open(name), 'invalid_request', '/body/name');
  }
});

test('names with an invisible character or with two spaces in a row are refused', async () => {
  const unseen = [
    '\ufe0f',
    '\u3164',
    '\u034f',
    '\u{e0100}',
    '\u180b',
    '\u115f',
    '\u1160',
    '\uffa0',
    '\u17b4',
    '\u200b',
  ];
  for (const mark of unseen) {
    for (const name of [mark, `tea${mark}`, `${mark}tea`, `te${mark}a`, `a ${mark} b`]) {
      assertProblem(await open(name), 'invalid_request', '/body/name');
    }
  }
  for (const name of ['tea  room', 'a   b', 'a b  c']) assertProblem(await open(name), 'invalid_request', '/body/name');
  assert.equal((await open('one space, then another'.replace(',', ''))).status, 201);
});

test('a name has at most roomNameMarks combining marks in a row, after NFC', async () => {
  const marks = (count: number) => '\u0330\u0331\u0332\u0333\u033a'.repeat(2).slice(0, count);
  assert.equal((await open(`q${marks(LIMITS.roomNameMarks)}w${marks(1)}`)).status, 201);
  note('limit roomNameMarks at');
  for (const name of [`q${marks(LIMITS.roomNameMarks + 1)}`, `q${marks(9)}y`, `qy${'\u0488'.repeat(5)}`]) {
    const answer = await open(name);
    assertProblem(answer, 'invalid_request', '/body/name');
    assert.match(answer.body.errors[0].detail, new RegExp(`\\b${LIMITS.roomNameMarks}\\b`));
  }
  note('limit roomNameMarks beyond');
});

for (const [kept, others] of [
  ['Paypal', ['PaypaI', 'Paypa1', 'Раураl', 'Ｐａｙｐａｌ', 'ｐａｙｐａｌ', '𝐏aypal', 'Ρaypal', 'ⲢAYΡAL']],
  ['Ａｄｍｉｎｓ', ['Admins', 'аdmins', 'adrnins', 'ADMINS', 'Аdmіns']],
  ['Room O', ['Room 0', 'ROOM О', 'Rооm о', 'Room ０']],
  ['КОТ', ['KOT', 'kot', 'ᏦOT']],
  ['²x', ['2x', '２x']],
  ['ガラス', ['ｶﾞﾗｽ']],
] as const) {
  test(`a second room that looks like ${kept} is refused: ${others.join(', ')}`, async () => {
    const room = await open(kept);
    assert.equal(room.status, 201, JSON.stringify(room.body));
    for (const other of others) {
      const answer = await open(other);
      assertProblem(answer, 'room_name_taken');
      assert.ok(answer.body.detail.includes(`"${kept}"`), answer.body.detail);
    }
    assert.equal((await ann.call('DELETE', `/api/rooms/${encodeURIComponent(kept)}`)).status, 204);
    const [first] = others;
    assert.equal((await open(first!)).status, 201, 'a deleted room frees its look-alikes');
  });
}

test('a room is found by its own name, not by a look-alike', async () => {
  const room = await open('Lookup');
  assert.equal(room.status, 201);
  assertProblem(await get('Lооkuр'), 'room_not_found');
});

test('the name with the longest skeleton fits', async () => {
  assert.equal((await open('\ufdfa'.repeat(LIMITS.roomNameMax))).status, 201);
});

test('of concurrently created rooms that look the same, one is created', async () => {
  const twins = ['Twin', 'Twіn', 'Ｔwin', 'tԝin', 'Тwin'];
  const answers = await Promise.all(twins.map(open));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409, 409]);
});

test('a name that is far too long is refused without NFC, which would take long for thousands of marks', async () => {
  const name = `a${'\u0345'.repeat(3_000)}${'\u0334'.repeat(3_000)}`;
  assert.notEqual(name.normalize('NFC'), name, 'precondition');
  assert.equal(normalName(name), name);
  assertProblem(await open(name), 'invalid_request', '/body/name');
  const longest = '\u1f82'.repeat(LIMITS.roomNameMax);
  assert.equal(normalName(longest.normalize('NFD')), longest, 'the longest form of a longest name is normalised');
});

test('a body is normalized in the fields that the contract marks, and in no other field of the same name', () => {
  const body = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } });
  const NFC = { type: 'string', 'x-normalize': 'NFC' };
  const marked = { type: 'object', properties: { title: NFC, name: { type: 'string' } } };
  const contract = { paths: { '/a/{b}': { post: body(marked) }, '/a': { post: body({ type: 'object' }) } } };
  const normalize = normalBody(contract as never);
  const [title, name] = ['e\u0301', 'e\u0301'];
  const sent = (method: string, path: string) => {
    const request = { method, path, body: { title, name } };
    normalize(request as never, undefined as never, () => undefined);
    return request.body;
  };
  assert.deepEqual(sent('POST', '/a/1'), { title: '\u00e9', name });
  for (const [method, path] of [
    ['PUT', '/a/1'],
    ['POST', '/a'],
    ['POST', '/a/1/2'],
  ] as const)
    assert.deepEqual(sent(method, path), { title, name });
});

test('every name of a room in the contract is marked as normalized', () => {
  const { RoomName, NewRoomName } = openapi.components.schemas;
  for (const schema of [RoomName, NewRoomName]) assert.equal(schema['x-normalize'], 'NFC');
});

// The last test: it keeps the process so busy that idle connections expire.
test('for every code point, upper case, lower case and NFD are the same name', () => {
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const letter = String.fromCodePoint(code);
    const key = nameKey(letter);
    for (const other of [key, letter.toUpperCase(), letter.normalize('NFD')]) {
      if (nameKey(other) !== key) assert.fail(`U+${code.toString(16)} ${letter}: ${other} has another key`);
    }
  }
});
