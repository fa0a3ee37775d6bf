// The conformance kit: our server passes, directly and through nginx, and a server that violates the contract fails
// exactly the rows that cover the violation.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LIMIT_NOTES, LIMITS } from '@parlance/specs/limits.ts';
import type { Row } from '../conformance/row.ts';
import { run } from '../conformance/runner.ts';
import type { Wire } from '../conformance/wire.ts';
import { BETRAYALS, type BetrayalName } from './betrayals.ts';
import { startFaultyProxy } from './faulty_proxy.ts';
import { nginxIsMissing, startNginx } from './nginx_fixture.ts';
import { startTestStack, type TestStack } from './stack.ts';

interface Outcome {
  id: string;
  result: 'pass' | 'fail' | 'skipped';
  reason?: string;
  expected?: string;
  seen?: string;
}

/** Runs the kit as a command; rejects when it cannot start. */
async function conformance(
  url: string,
  ...options: string[]
): Promise<{ code: number; rows: Outcome[]; stdout: string; seed: number | undefined }> {
  const main = join(import.meta.dirname, '../conformance/main.ts');
  const child = spawn(process.execPath, [main, '--url', url, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  const code = await new Promise<number>((resolve) => child.once('close', resolve));
  assert.notEqual(code, 2, 'the kit could not start');
  const { rows, seed } = options.includes('--json') ? JSON.parse(stdout) : { rows: [], seed: undefined };
  return { code, stdout, rows, seed };
}

const failed = (rows: Outcome[]) => rows.filter(({ result }) => result === 'fail');
/** The failed rows, and the seed to repeat them with. */
const shown = (rows: Outcome[], seed: number | undefined) => `seed ${seed}: ${JSON.stringify(failed(rows), null, 1)}`;
const ids = (rows: Outcome[]) => rows.map(({ id }) => id).sort();

/** One run tries betrayals that share no row, so that each failed row belongs to one of them. */
const RUNS: BetrayalName[][] = [
  [
    'drops an event',
    'changes the type of a property',
    'answers problems as text/plain',
    'closes the sockets of a deleted room with the wrong code',
    'accepts unknown query parameters',
    'counts members wrongly',
    'says that it resumed when it did not',
    'keeps the text of a deleted message in the log',
  ],
  [
    'delivers an event twice',
    'leaves a required property out of a frame',
    'answers 500 instead of 409',
    'keeps the sockets of an ended session open',
    'never reports that a user stopped typing',
    'never says that a page of messages has more',
    'does not answer a frame that is not JSON',
    'delivers an edit and does not list it',
    'answers a page of messages with an asOf that is too high',
  ],
  [
    'delivers two events in the wrong order',
    'closes without a code',
    'sends problems with the wrong status member',
    'does not check the origin of a request',
    'answers with a status that is not declared',
    'trims the texts in a page of messages',
    'sends an error with the id of another message',
    'counts a reaction twice when it is added again',
    'answers an edit with the previous version',
    'stores a message for a deleted room in the new room of that name',
  ],
  [
    'ignores the cursor of a resume',
    'stores a message twice when it is sent again over HTTP',
    'leaves out the Allow header',
    'leaves requestId out of its problems',
    'sets a cookie that scripts can read',
    'sends a Location that is not that of the new room',
    'issues room tokens that expire too late',
    'delivers an event with another timestamp than it lists',
    'answers with an ETag that is not the revision',
    'ignores If-Match of an edit',
  ],
];

/** The timeouts of the kit end a run earlier; on a slow machine all rows together take minutes. */
const PATIENCE = { timeout: 480_000 };

describe('the conformance kit', { concurrency: 4, timeout: 900_000 }, () => {
  let stack: TestStack;
  before(async () => {
    // Several runs at once open more sockets from one address than the default allows.
    stack = await startTestStack({ TRUSTED_PROXIES: '127.0.0.1', SOCKETS_PER_ADDRESS: '10000' });
  });
  after(() => stack.stop());

  test('our server passes with its default limits, and each skipped row has a reason', PATIENCE, async (t) => {
    const defaults = Object.entries(LIMIT_NOTES).flatMap(([name, note]) =>
      'setting' in note && !('times' in note) ? [[note.setting, String(LIMITS[name as keyof typeof LIMITS])]] : [],
    );
    const own = await startTestStack(Object.fromEntries(defaults));
    t.after(() => own.stop());
    const { code, rows, seed } = await conformance(own.url, '--json');
    assert.deepEqual(failed(rows), [], shown(rows, seed));
    assert.equal(code, 0);
    for (const { id, result, reason } of rows) {
      assert.equal(result === 'skipped', reason !== undefined, id);
      assert.doesNotMatch(reason ?? '', /this kit does not know|has to wait|earlier runs/, id);
    }
    assert.ok(rows.filter(({ result }) => result === 'pass').length > 280);
  });

  test('our server passes through nginx', { skip: nginxIsMissing, ...PATIENCE }, async (t) => {
    const service = new URL(stack.url).host;
    const nginx = await startNginx(t, { website: service, chat: service });
    const { code, rows, seed } = await conformance(`http://127.0.0.1:${nginx.port}`, '--json');
    assert.deepEqual(failed(rows), [], shown(rows, seed));
    assert.equal(code, 0);
  });

  for (const names of RUNS) {
    test(`exactly the expected rows fail for a server that ${names.join('; ')}`, PATIENCE, async (t) => {
      const betrayals = names.map((name) => BETRAYALS[name]);
      const expected = betrayals.flatMap(({ fails }) => fails);
      assert.equal(new Set(expected).size, expected.length, 'the betrayals of one run share no row');
      const proxy = await startFaultyProxy(stack.url, betrayals);
      t.after(() => proxy.stop());
      const { code, rows, seed } = await conformance(proxy.url, '--json', '--patience', '8');
      assert.deepEqual(ids(failed(rows)), expected.sort(), shown(rows, seed));
      assert.equal(code, 1);
    });
  }

  test('the kit imports the contract and no other code of the repository', () => {
    const folder = join(import.meta.dirname, '../conformance');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const imported = files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? ''),
    );
    assert.ok(imported.includes('@parlance/specs/openapi.json'));
    const foreign = imported.filter((from) => !/^(\.{1,2}\/(?!\.\.)|node:|@parlance\/specs\/|ws$|ajv\/)/.test(from));
    assert.deepEqual(foreign, []);
  });

  test('every betrayal is tried', () => {
    assert.deepEqual(RUNS.flat().sort(), Object.keys(BETRAYALS).sort());
  });

  test('sockets that a row leaves open or opens after its end are closed', async () => {
    const row = (id: string, tries: Row['run'] & object): Row => ({ id, group: 'limits', says: id, run: tries });
    const filled = Promise.withResolvers<Wire[]>();
    const late = Promise.withResolvers<Wire>();
    const rows = [
      row('opens as many sockets as a user may have', async (kit) => {
        const { name } = await kit.room();
        const { token, url } = await kit.roomToken(kit.cast.dan, name);
        const wires: Wire[] = [];
        while (wires.length < LIMITS.socketsPerUser) wires.push(await kit.join(kit.cast.dan, name, { token }));
        filled.resolve(wires);
        const dial = () => kit.dial({ url, headers: { authorization: `Bearer ${token}` } });
        late.resolve(wires[0]!.closed().then(dial));
      }),
      row('the same user can join again', async (kit) => {
        for (const wire of await filled.promise) await wire.closed();
        await kit.join(kit.cast.dan, (await kit.room()).name);
        await (await late.promise).closed();
      }),
    ];
    const outcomes = await run(rows, { url: stack.url, seed: 1, patience: 40 });
    assert.deepEqual(failed(outcomes), []);
  });

  test('the kit prints a table with the expected and the observed outcome of a failed row', async (t) => {
    const proxy = await startFaultyProxy(stack.url, [BETRAYALS['answers with a status that is not declared']]);
    t.after(() => proxy.stop());
    const { code, stdout } = await conformance(proxy.url, '--filter', 'health', '--seed', '7');
    assert.match(stdout, /^Conformance of http:\S+, seed 7\n/);
    assert.match(stdout, /✖ http\.getHealth\.200 .*\n +expected +status 200\n +seen +203 /);
    assert.match(stdout, /✔ refusal\.getHealth\.405 /);
    assert.match(stdout, /\n\d+ passed, 1 failed, \d+ skipped; \d/);
    assert.equal(code, 1);
  });

  test('the kit exits with 2 and one sentence when there is no server', async () => {
    const main = join(import.meta.dirname, '../conformance/main.ts');
    const child = spawn(process.execPath, [main, '--url', 'http://127.0.0.1:1']);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 2);
    assert.match(stderr, /was not answered: connect ECONNREFUSED/);
  });
});
