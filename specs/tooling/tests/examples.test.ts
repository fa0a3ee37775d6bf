// Every valid example of the contract validates, and every invalid example is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { applyEvents, type Message, type RoomEvent } from '../../client/index.ts';
import { documents, exampleFiles, examplesIn, judge, wrongExamples } from '../gates/examples.ts';
import { wrongProblems } from '../gates/problem_examples.ts';
import { bundle } from '../generate/bundle.ts';
import { closed } from '../generate/close.ts';
import { atPointer, isObject, type JsonObject } from '../generate/json.ts';

interface MessageList {
  asOf: number;
  messages: Message[];
}
interface Schemas {
  schemas: Record<string, { examples: Message[] }>;
}

const specs = fileURLToPath(new URL('../..', import.meta.url));

test('every example validates against its schema, as published and as enforced', () => {
  for (const name of documents) assert.ok(examplesIn(bundle(specs, name)).length > 20, `${name} has examples to judge`);
  assert.deepEqual(wrongExamples(specs), []);
});

test('there are files of valid and of invalid examples', () => {
  for (const kind of ['valid', 'invalid'])
    assert.ok(exampleFiles(specs).filter((file) => file.kind === kind).length > 10);
});

test('every example problem is in problems.yaml and has the status of its answer', () => {
  assert.deepEqual(wrongProblems(specs), []);
});

test('an example without a required property is refused, and as enforced also one with an unknown property', () => {
  let tried = 0;
  for (const name of documents) {
    const document = closed(bundle(specs, name));
    const fault = judge(document);
    for (const { value, schema, at } of examplesIn(document)) {
      const node = atPointer(document, schema) as JsonObject;
      if (!isObject(value) || !isObject(node.properties)) continue;
      const isOpen = node.additionalProperties === true;
      const passes = fault(schema, { ...value, unheardOf: 1 }) === undefined;
      assert.equal(passes, isOpen, `${name}#${at} with an unknown property`);
      for (const property of (node.required ?? []) as string[]) {
        const { [property]: _, ...rest } = value;
        assert.notEqual(fault(schema, rest), undefined, `${name}#${at} without ${property}`);
        tried += 1;
      }
    }
  }
  assert.ok(tried > 50, `only ${tried} were tried`);
});

test('the examples of events form one log, and the examples of messages equal its fold', () => {
  const asyncapi = bundle(specs, 'asyncapi.yaml');
  const frames = Object.values((asyncapi.components as JsonObject).messages as JsonObject)
    .flatMap((message) => (message as { examples: { payload: RoomEvent }[] }).examples)
    .map(({ payload }) => payload)
    .filter((payload) => 'seq' in payload);
  const log = new Map<number, RoomEvent>();
  for (const event of frames) if (!('supersededBy' in event)) log.set(event.seq, event);
  const events = [...log.values()].sort((a, b) => a.seq - b.seq);
  assert.deepEqual(
    events.map(({ seq }) => seq - events[0]!.seq),
    [0, 1, 2, 3, 4],
  );
  for (const event of frames) {
    const { supersededBy, ...same } = event as RoomEvent & { supersededBy?: number };
    const { content: _, ...plain } = log.get(event.seq) as RoomEvent & { content?: string };
    if (supersededBy === undefined) continue;
    assert.deepEqual(same, plain);
    assert.match(log.get(supersededBy)!.type, /message\.(edited|deleted)/);
  }
  const states = events.map((_, index) => applyEvents([], events.slice(0, index + 1))[0]);
  const { Message, MessagePage } = (bundle(specs, 'openapi.yaml').components as unknown as Schemas).schemas;
  const [page] = MessagePage!.examples as unknown as MessageList[];
  for (const shown of [...Message!.examples, ...page!.messages])
    assert.deepEqual(
      shown,
      states.find((state) => state?.version === shown.version),
    );
  assert.equal(page!.asOf, page!.messages.at(-1)!.version);
});
