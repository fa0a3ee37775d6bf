// A short run of the fuzzer: it finds nothing in our server, finds each planted violation of the contract, and shrinks the
// case that shows it. `npm run fuzz` is the long form.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { body, frame, is } from './betraying.ts';
import { type Betrayal, startFaultyProxy } from './faulty_proxy.ts';
import { type Cast, createCast } from './fuzz/cast.ts';
import { CLIENT_FRAMES, faultIn, ROOM_NAME } from './fuzz/contract.ts';
import { frameCase, outcomeOf } from './fuzz/frames.ts';
import { handshakeCase, handshakeFaults } from './fuzz/handshakes.ts';
import { judge } from './fuzz/request_oracle.ts';
import { requestCase } from './fuzz/requests.ts';
import { runFrames } from './fuzz/run_frames.ts';
import { runHandshakes } from './fuzz/run_handshakes.ts';
import { runRequests } from './fuzz/run_requests.ts';
import { FUZZ_SETTINGS } from './fuzz/server.ts';
import { fewer, shorter, shrunk, simpler } from './fuzz/shrink.ts';
import { Tally } from './fuzz/tally.ts';
import { startTestStack, type TestStack } from './stack.ts';

const SEED = 20_261_130;
const [REQUESTS, UPGRADES, FRAMES] = [1_500, 150, 6_000];

let stack: TestStack;
let cast: Cast;
before(async () => {
  stack = await startTestStack(FUZZ_SETTINGS);
  cast = await createCast(stack.url, stack.databaseUrl);
});
after(async () => {
  await cast.close();
  await stack.stop();
});

/** The columns of all rows. */
const columnsOf = ({ rows }: Tally) => new Set([...rows.values()].flatMap((row) => Object.keys(row)));

test(`of ${REQUESTS} generated requests none is wrongly accepted or refused, and off-spec requests change nothing`, async () => {
  const tally = new Tally();
  await runRequests({ url: stack.url, cast, seed: SEED, tally }, 0, REQUESTS);
  assert.deepEqual(tally.failures, []);
  assert.equal(tally.sent, REQUESTS);
  assert.ok(tally.rows.size > 30, 'the premise: every operation was tried');
  assert.deepEqual([...columnsOf(tally)].sort(), ['accepted', 'off-spec', 'refused as declared']);
});

test(`of ${UPGRADES} generated upgrades none is wrongly accepted or refused`, async () => {
  const tally = new Tally();
  await runHandshakes({ url: stack.url, cast, seed: SEED, tally }, 0, UPGRADES);
  assert.deepEqual(tally.failures, []);
  const { accepted = 0, 'off-spec': offSpec = 0 } = tally.rows.get('upgrade') ?? {};
  assert.ok(accepted > UPGRADES / 5 && offSpec > UPGRADES / 5, `the premise: both kinds, ${accepted} and ${offSpec}`);
});

test(`each of ${FRAMES} generated frames gets the answer that the contract requires, and nothing else is stored`, async () => {
  const tally = new Tally();
  await runFrames({ url: stack.url, cast, seed: SEED, tally }, 0, FRAMES);
  assert.deepEqual(tally.failures, []);
  assert.equal(tally.sent, FRAMES);
  for (const column of ['message.created', 'invalid_json', 'invalid_frame', '1003', '1007', '1009', '4500']) {
    assert.ok(columnsOf(tally).has(column), `the premise: there was ${column}`);
  }
});

test('the server logs no error during these runs', () => {
  assert.deepEqual(
    stack.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  );
});

/** Runs against a server with one betrayal. Returns the failure with the smallest case. */
async function found(betrayal: Betrayal, run: typeof runRequests, count: number, first = 0) {
  const proxy = await startFaultyProxy(stack.url, [betrayal]);
  const tally = new Tally();
  try {
    await run({ url: proxy.url, cast, seed: SEED, tally }, first, count);
  } finally {
    await proxy.stop();
  }
  // Only the first failures were shrunk, and they arrive in any order.
  const [failure] = tally.failures.sort((one, other) => one.smallest.length - other.smallest.length);
  assert.ok(failure, 'the betrayal is found');
  return failure;
}

/** The index of the first case that meets the betrayal, so that the run is short. */
const firstOf = (fits: (index: number) => boolean) => {
  for (let index = 0; ; index += 1) if (fits(index)) return index;
};

test('a server that accepts an off-spec body is found, with the smallest body that shows it', async () => {
  const lenient: Betrayal = {
    request: (asked) => {
      // Drops an unknown property, as a lenient server would.
      if (!is('createAccessToken', asked)) return;
      const value = json(asked.body);
      if (value && 'extra' in value)
        asked.body = Buffer.from('{"email":"account@example.org","password":"a long enough password"}');
    },
  };
  const index = firstOf((one) => {
    const { operation, request } = requestCase(SEED, one);
    return operation === 'createAccessToken' && 'extra' in (json(request.body) ?? {}) && request.as !== 'cookie';
  });
  const { kind, smallest, which } = await found(lenient, runRequests, 1, index);
  assert.equal(kind, 'wrong accept');
  assert.equal(which, `request ${index}`);
  assert.match(smallest, /--data-binary \$'\{"extra":\S{1,6}\}'$/);
});

const json = (bytes: Buffer | undefined): Record<string, unknown> | undefined => {
  try {
    const value = JSON.parse(String(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

test('a server that leaves a property out of an answer is found', async () => {
  const betrayal: Betrayal = {
    answer: body('getRoom', 200, (room) => {
      delete room.owner;
    }),
  };
  const index = firstOf((one) => {
    const { operation, change, request } = requestCase(SEED, one);
    return (
      operation === 'getRoom' &&
      change === 'nothing' &&
      request.method === 'GET' &&
      request.target.endsWith('/Tea%20room')
    );
  });
  const { kind, detail } = await found(betrayal, runRequests, 1, index);
  assert.equal(kind, 'undeclared');
  assert.match(detail, /owner/);
});

test('a server that answers 500 is found, and the request is reduced to the part that causes it', async () => {
  const betrayal: Betrayal = {
    answer: (answered, asked) => {
      if (asked.url.includes('limit=')) answered.status = 500;
    },
  };
  const index = firstOf((one) => {
    const { operation, request, change } = requestCase(SEED, one);
    const query = request.target.split('?')[1] ?? '';
    return operation === 'listRooms' && change === 'nothing' && query.includes('limit=') && query.includes('&');
  });
  const { kind, smallest } = await found(betrayal, runRequests, 1, index);
  assert.equal(kind, '5xx');
  assert.match(smallest, /\/api\/rooms\?limit=\d+'( -H "Authorization: Bearer \$\w+")?$/);
});

test('a server that alters a text is found, with a single frame', async () => {
  const betrayal: Betrayal = {
    frames: frame('message.created', (one) => [{ ...one, content: one.content?.replace('e', 'x') }]),
  };
  const { kind, smallest } = await found(betrayal, runFrames, 200);
  assert.equal(kind, 'changed something');
  assert.match(smallest, /^"\{.{0,20}\\"type\\":\\"message.send\\".*"$/);
  assert.equal(smallest.split('\n').length, 1);
  assert.ok(smallest.length < 140, smallest);
});

test('a server that silently ignores an off-spec frame is found', async () => {
  const betrayal: Betrayal = { frames: frame('error', (one) => (one.code === 'invalid_frame' ? [] : [one])) };
  const proxied = await found(betrayal, runFrames, 60);
  assert.equal(proxied.kind, 'wrong accept');
  assert.equal(proxied.smallest.split('\n').length, 1);
});

test('the same seed generates the same cases, another seed generates others', () => {
  const cases = (seed: number) =>
    Array.from({ length: 300 }, (_, index) => [
      requestCase(seed, index),
      handshakeCase(seed, index),
      frameCase(seed, index),
    ]);
  assert.deepEqual(cases(SEED), cases(SEED));
  assert.notDeepEqual(cases(SEED), cases(SEED + 1));
});

test('the oracle accepts every request without a mutation, and most mutations are off-spec', () => {
  const requests = Array.from({ length: 2_000 }, (_, index) => requestCase(3, index));
  const judged = requests.map((one) => ({ change: one.change, faults: judge(one.request).faults }));
  assert.deepEqual(
    judged.find(({ change, faults }) => change === 'nothing' && faults.length > 0),
    undefined,
  );
  const changed = judged.filter(({ change }) => change !== 'nothing');
  assert.ok(changed.filter(({ faults }) => faults.length > 0).length > changed.length * 0.6);
  const frames = Array.from({ length: 2_000 }, (_, index) => outcomeOf(frameCase(3, index)).is);
  for (const [is, least] of [
    ['created', 1_000],
    ['error', 100],
    ['close', 10],
    ['nothing', 20],
  ] as const) {
    assert.ok(frames.filter((one) => one === is).length > least, is);
  }
  assert.ok(
    handshakeFaults(
      handshakeCase(
        3,
        firstOf((one) => handshakeCase(3, one).method === 'POST'),
      ),
    ).length > 0,
  );
  assert.equal(faultIn(ROOM_NAME, 'Tea room'), undefined);
  assert.notEqual(faultIn(ROOM_NAME, ' Tea room'), undefined);
  assert.equal(CLIENT_FRAMES.length, 2);
});

test('a failing case shrinks to its minimum: members, texts, numbers, lists and bytes', async () => {
  const fails = (value: unknown) => JSON.stringify(value).includes('z');
  const value = { a: ['x', { b: 'long z text', c: 12_345 }], d: 'more', e: [1, 2, 3] };
  const smallest = await shrunk<unknown>(value, simpler, async (one) => fails(one));
  assert.deepEqual(smallest, { a: [{ b: 'z' }] });
  assert.equal(await shrunk<unknown>(2 ** 40, simpler, async (one) => Number(one) > 1_000), 1_024);
  const bytes = await shrunk(Buffer.from([1, 2, 0xff, 3, 4]), shorter, async (one) => one.includes(0xff));
  assert.deepEqual([...bytes], [0xff]);
  assert.deepEqual(await shrunk([5, 6, 7, 8], fewer, async (list) => list.includes(7)), [7]);
});
