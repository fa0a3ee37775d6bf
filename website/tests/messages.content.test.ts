// The content of messages: the limit in characters, JSON escapes, visible text only, stored unchanged.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, type Json, type Person, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { assertProblem, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
let ann: Person;
let room: Json;
before(async () => {
  site = await startTestWebsite({ MESSAGES_PER_10S: '1000' });
  ann = await person(site.url);
  room = await ann.createRoom();
});
after(() => site.stop());

const path = () => `/api/rooms/${encodeURIComponent(room.name)}/messages`;
const send = (content: unknown, id: unknown = randomUUID()) => ann.call('POST', path(), { id, content });
const sendText = (body: string | Uint8Array) => call(site.url, 'POST', path(), { token: ann.token, body });
const stored = async () => (await ann.call('GET', `${path()}?limit=1`)).body.messages[0];
/** Every UTF-16 unit as \uXXXX, which JSON allows for any text. */
const escaped = (text: string) =>
  `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;

for (const [name, character] of [
  ['ASCII', 'x'],
  ['quotes', '"'],
  ['characters of three bytes', '茶'],
  ['characters beyond the BMP', '🫖'],
] as const) {
  test(`the longest message of ${name} is accepted, even if fully escaped; one character more is refused`, async () => {
    const content = character.repeat(LIMITS.contentMax);
    const body = `{${escaped('id')}:${escaped(randomUUID())},${escaped('content')}:${escaped(content)}}`;
    assert.deepEqual([...JSON.parse(body).content].length, LIMITS.contentMax);
    assert.ok(Buffer.byteLength(body) < LIMITS.bodyMax, `${Buffer.byteLength(body)} bytes`);
    for (const text of [body, JSON.stringify({ id: randomUUID(), content })]) {
      const answer = await sendText(text);
      assert.equal(answer.status, 201);
      assert.equal((await stored()).content, content);
    }
    note('limit contentMax at');
    assertProblem(await send(content + character), 'invalid_request', '/body/content');
    note('limit contentMax beyond');
  });
}

test('a body of bodyMax bytes is accepted; a larger one is refused, with Content-Length or in chunks', async () => {
  const body = JSON.stringify({ id: randomUUID(), content: 'padded' });
  const padded = (bytes: number) => body + ' '.repeat(bytes - Buffer.byteLength(body));
  assert.equal((await sendText(padded(LIMITS.bodyMax))).status, 201);
  note('limit bodyMax at');
  assertProblem(await sendText(padded(LIMITS.bodyMax + 1)), 'body_too_large');
  const chunks = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < 2 * LIMITS.bodyMax; sent += 8_192) controller.enqueue(Buffer.alloc(8_192, ' '));
      controller.close();
    },
  });
  const answer = await fetch(site.url + path(), {
    method: 'POST',
    headers: { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' },
    body: chunks,
    duplex: 'half',
  } as RequestInit);
  assert.equal(answer.status, 413);
  assert.equal(((await answer.json()) as Json).code, 'body_too_large');
  note('limit bodyMax beyond');
});

test('content is stored unchanged: line breaks, marks, direction, order of code points', async () => {
  for (const content of [
    'one\r\ntwo\n\tthree',
    '  spaces around  ',
    'e\u0301 is not \u00e9',
    '\u202eright to left',
    '👩\u200d👩\u200d👧\u200d👦',
    'bell \u0007 and escape \u001b[31m',
    '<script>alert(1)</script> & "quotes" \\ \' %s {{y}}',
    '\ufeffbyte order mark',
    '\u2028\u2029 end',
    '\uffff \ufdd0 non-characters',
    'x',
  ]) {
    const answer = await send(content);
    assert.equal(answer.status, 201, JSON.stringify(content));
    assert.equal(answer.body.content, content);
    assert.equal((await stored()).content, content);
  }
});

test('content that is invisible or not text is refused and not stored', async () => {
  const before = (await stored()).seq;
  for (const content of [
    '',
    ' ',
    '\n\r\t',
    '\u00a0\u2003\u3000',
    '\u200b\u200c\u200d\u2060\ufeff',
    '\u0001\u001f\u007f\u0085',
    '\u202a\u202c',
    '\u00ad',
    'nul \u0000 within',
    '\u0000',
  ]) {
    assertProblem(await send(content), 'invalid_request', '/body/content');
  }
  for (const surrogate of ['\\ud800', '\\udc00', '\\ud800x', '\\udc00\\ud800']) {
    const body = `{"id":"${randomUUID()}","content":"unpaired ${surrogate}"}`;
    assertProblem(await sendText(body), 'invalid_request', '/body/content');
  }
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0xab]]) {
    const [head, tail] = [Buffer.from(`{"id":"${randomUUID()}","content":"no UTF-8 `), Buffer.from('"}')];
    assertProblem(await sendText(Buffer.concat([head, Buffer.from(bytes), tail])), 'invalid_json');
  }
  for (const content of [null, 1, true, ['x'], { text: 'x' }]) {
    assertProblem(await send(content), 'invalid_request', '/body/content');
  }
  assert.equal((await stored()).seq, before);
});

test('an id must be a UUID in lowercase', async () => {
  const id = randomUUID();
  for (const other of [
    id.toUpperCase(),
    `urn:uuid:${id}`,
    `{${id}}`,
    id.replaceAll('-', ''),
    ` ${id}`,
    `${id}\n`,
    '',
  ]) {
    if (other !== id) assertProblem(await send('x', other), 'invalid_request', '/body/id');
  }
  for (const other of [null, 7, undefined])
    assertProblem(await sendText(JSON.stringify({ id: other, content: 'x' })), 'invalid_request', '/body/id');
  assert.equal((await send('any version', '00000000-0000-0000-0000-000000000000')).status, 201);
});
