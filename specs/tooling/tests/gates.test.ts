// Each gate detects its kind of fault: a fault is planted in a copy of the specs, and the gate reports it.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cliInstalled, validate } from '../gates/asyncapi.ts';
import { wrongExamples } from '../gates/examples.ts';
import { findings } from '../gates/lint.ts';
import { wrongProblems } from '../gates/problem_examples.ts';
import { generate, stale } from '../generate/main.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['schemas', 'examples', 'generated', 'openapi.yaml', 'openapi.internal.yaml', 'asyncapi.yaml'];

/** A copy of the sources and the generated files, removed when the test ends. */
function copy(t: { after(hook: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'parlance-specs-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of [...copied, 'problems.yaml', 'close-codes.yaml', 'limits.yaml']) {
    cpSync(join(specs, name), join(dir, name), { recursive: true });
  }
  return dir;
}

/** Replaces the first occurrence of a text in a file. The text must exist. */
function plant(dir: string, file: string, text: string | RegExp, by: string): void {
  const before = readFileSync(join(dir, file), 'utf8');
  const after = before.replace(text, by);
  assert.notEqual(after, before, `${file} has ${text}`);
  writeFileSync(join(dir, file), after);
}

test('an untouched copy passes, and generates the same bytes in another folder', async (t) => {
  const dir = copy(t);
  assert.deepEqual(await stale(dir), []);
  assert.deepEqual(wrongExamples(dir), []);
});

test('the generator fails if a limit is changed in one place only, and names both places', async (t) => {
  const dir = copy(t);
  plant(dir, 'schemas/Content.yaml', 'maxLength: 4000', 'maxLength: 4001');
  await assert.rejects(generate(dir), {
    message: 'limits.yaml#/contentMax/value is 4000, but schemas/Content.yaml#/maxLength is 4001',
  });
});

test('the generator fails if a place of a limit is missing', async (t) => {
  const dir = copy(t);
  plant(dir, 'openapi.yaml', 'maximum: 100,', '');
  await assert.rejects(generate(dir), /openapi\.yaml#\/components\/parameters\/Limit\/schema\/maximum is not there/);
});

test('the generator fails if a frame is missing in one of the places that list it', async (t) => {
  const removed: [file: string, text: RegExp, says: string][] = [
    [
      'asyncapi.yaml',
      /^ +- \$ref: '#\/channels\/room\/messages\/typing\.changed'\n/m,
      'the channel has typing.changed, but the list of operations does not',
    ],
    [
      'asyncapi.yaml',
      /^ +typing\.changed: \{.*\n/m,
      'the list of operations has typing.changed, but the channel does not',
    ],
    [
      'asyncapi.yaml',
      /^ +- \$ref: '#\/components\/schemas\/TypingChanged'\n/m,
      'the list of operations with action send has TypingChanged, but ServerFrame does not',
    ],
    [
      'asyncapi.yaml',
      /^ +- \$ref: schemas\/ReactionAdded\.yaml\n/m,
      'RoomEvent has ReactionAdded, but ServerFrame, of the events, does not',
    ],
    [
      'schemas/RoomEvent.yaml',
      /^ +- \$ref: ReactionAdded\.yaml\n/m,
      'ServerFrame, of the events, has ReactionAdded, but RoomEvent does not',
    ],
    [
      'schemas/RoomEvent.yaml',
      /^ +reaction\.added: .*\n/m,
      'RoomEvent has ReactionAdded, but the mapping of its discriminator does not',
    ],
  ];
  for (const [file, text, says] of removed) {
    const dir = copy(t);
    plant(dir, file, text, '');
    await assert.rejects(generate(dir), (error: Error) => error.message.split('\n').includes(says), says);
  }
});

test('an edited, missing or left-over generated file is reported', async (t) => {
  const dir = copy(t);
  plant(dir, 'generated/limits.ts', '4000', '4001');
  rmSync(join(dir, 'generated/http.ts'));
  writeFileSync(join(dir, 'generated/old.ts'), '');
  assert.deepEqual((await stale(dir)).sort(), ['http.ts', 'limits.ts', 'old.ts']);
});

test('a source that was changed without generating is reported', async (t) => {
  const dir = copy(t);
  plant(dir, 'schemas/Room.yaml', 'description: A room.', 'description: A place.');
  assert.deepEqual(await stale(dir), ['openapi.json', 'openapi.server.json', 'client.openapi.json', 'http.ts']);
});

test('the generator fails if a code is only in a schema or only in problems.yaml', async (t) => {
  const dir = copy(t);
  plant(dir, 'problems.yaml', 'outbox_full:', 'outbox_fool:');
  await assert.rejects(generate(dir), (error: Error) => {
    assert.match(
      error.message,
      /problems\.yaml has outbox_fool .* but schemas\/SocketErrorCode\.yaml#\/x-extensible-enum does not/,
    );
    assert.match(
      error.message,
      /schemas\/SocketErrorCode\.yaml#\/x-extensible-enum has outbox_full, but problems\.yaml/,
    );
    return true;
  });
});

test('the generator fails on a reference to a missing schema', async (t) => {
  const dir = copy(t);
  plant(dir, 'schemas/Room.yaml', 'Timestamp.yaml', 'Moment.yaml');
  await assert.rejects(generate(dir), {
    message: 'schemas/Room.yaml refers to schemas/Moment.yaml, which does not exist',
  });
});

test('a wrong example is reported in a schema, in a parameter and in a message', (t) => {
  const dir = copy(t);
  plant(dir, 'schemas/Seq.yaml', 'examples: [42]', 'examples: [-1]');
  plant(dir, 'openapi.yaml', /example: 50\n/, 'example: 500\n');
  plant(dir, 'asyncapi.yaml', 'payload: { type: typing.start }', 'payload: { type: typing.stop }');
  const wrong = wrongExamples(dir).join('\n');
  assert.match(
    wrong,
    /^openapi\.yaml#\/components\/schemas\/Seq\/examples\/0: not valid as published: data must be >= 0$/m,
  );
  assert.match(wrong, /^openapi\.yaml#\/components\/parameters\/Limit\/example: not valid as published/m);
  assert.match(wrong, /^asyncapi\.yaml#\/components\/messages\/TypingStart\/examples\/0: not valid as enforced/m);
});

test('an output example with a property that the contract does not name passes as published and not as enforced', (t) => {
  const dir = copy(t);
  plant(dir, 'schemas/ValidationError.yaml', '- { pointer:', '- { more: 1, pointer:');
  const wrong = wrongExamples(dir);
  assert.ok(
    wrong.includes(
      'openapi.yaml#/components/schemas/ValidationError/examples/0: not valid as enforced: data must NOT have additional properties',
    ),
  );
  assert.ok(!wrong.some((sentence) => sentence.includes('as published')));
});

test('an example file in the wrong folder is reported', (t) => {
  const dir = copy(t);
  for (const kind of ['valid', 'invalid']) mkdirSync(join(dir, 'examples', kind), { recursive: true });
  writeFileSync(join(dir, 'examples/invalid/TypingStart.plain.json'), '{"type":"typing.start"}');
  writeFileSync(join(dir, 'examples/valid/NewRoom.empty.json'), '{}');
  writeFileSync(join(dir, 'examples/valid/Nothing.plain.json'), '{}');
  assert.deepEqual(wrongExamples(dir), [
    "examples/valid/NewRoom.empty.json: data must have required property 'name'",
    'examples/valid/Nothing.plain.json: there is no schema Nothing',
    'examples/invalid/TypingStart.plain.json: is valid',
  ]);
});

test('an example problem with the title or status of another code is reported', (t) => {
  const dir = copy(t);
  plant(dir, 'problems.yaml', 'title: There is no such room', 'title: No such room');
  plant(
    dir,
    'openapi.yaml',
    /'409': \{ \$ref: '#\/components\/responses\/RoomNameTaken'/,
    "'409': { $ref: '#/components/responses/NotFound'",
  );
  plant(dir, 'openapi.yaml', 'x-codes: [room_name_taken]', 'x-codes: [not_found]');
  const wrong = wrongProblems(dir).join('\n');
  assert.match(wrong, /^RoomNameTaken names not_found, which is not a 409$/m);
  assert.match(wrong, /^no answer carries room_name_taken$/m);
  assert.match(wrong, /responses\/RoomNotFound\/.*: differs from room_not_found in problems\.yaml/);
  assert.match(wrong, /~1api~1rooms\/post\/responses\/409: its example says 404/);
});

test('the OpenAPI linter refuses an undeclared path parameter', async (t) => {
  const dir = copy(t);
  assert.deepEqual(await findings(join(dir, 'openapi.yaml')), [], 'the unchanged copy passes');
  plant(dir, 'openapi.yaml', '  /api/rooms/{roomName}:', '  /api/rooms/{roomName}/{other}:');
  const found = await findings(join(dir, 'openapi.yaml'));
  assert.ok(
    found.some((sentence) => sentence.includes('other')),
    found.join('\n'),
  );
});

test('the AsyncAPI CLI refuses an operation on a channel that does not exist', {
  skip: cliInstalled() ? false : 'npm run check installs the CLI',
}, (t) => {
  const dir = copy(t);
  plant(
    dir,
    'generated/asyncapi.json',
    '"action": "receive",\n   "channel": {\n    "$ref": "#/channels/room"',
    '"action": "receive",\n   "channel": {\n    "$ref": "#/channels/rooms"',
  );
  assert.match(validate(join(dir, 'generated/asyncapi.json')), /\/channels\/rooms/);
});
