// The generated samples of the HTTP reference run against a server: JavaScript, Python and, where it is installed, Go.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { PAGES } from '@parlance/website/docs/pages.ts';
import { startTestStack, type TestStack } from '../stack.ts';
import { blocksOf } from './blocks.ts';
import { Cast } from './cast.ts';
import { readersFolder } from './commands.ts';

const execute = promisify(execFile);

/** Run in this order, each by itself a request that succeeds, with what it prints: something of the response. */
const RUN: [operation: string, prints: RegExp][] = [
  ['createRoom', /owner/],
  ['sendMessage', /Is the kettle on\?/],
  ['addReaction', /204|undefined/],
  ['getMessage', /usernames/],
  ['listMessages', /asOf/],
  ['deleteRoom', /204|undefined/],
  ['getLimits', /contentMax/],
];

let stack: TestStack;
let cast: Cast;
const folder = readersFolder();
before(async () => {
  stack = await startTestStack();
  cast = new Cast(stack.url);
});
after(async () => {
  folder.remove();
  await stack.stop();
});

const samples = (operation: string, language: string) =>
  blocksOf(PAGES.find(({ path }) => path === `/docs/http/${operation}`)!, stack.url).filter(
    (block) => block.tag === 'sample' && block.language === language,
  );

/** Runs the samples of one language. @param command its interpreter, given the file. */
async function runAll(language: string, ending: string, command: string[]): Promise<void> {
  await cast.noRoom();
  const env = { ...process.env, ACCESS_TOKEN: await cast.accessToken('ann') };
  for (const [operation, prints] of RUN) {
    const [sample, ...others] = samples(operation, language);
    assert.ok(sample && others.length === 0, `${operation} has one sample`);
    const file = join(folder.path, `${operation}${ending}`);
    // The id of the room in the example is a placeholder.
    const text = operation === 'sendMessage' ? sample.text.replace(EXAMPLE_ROOM, await roomId()) : sample.text;
    writeFileSync(file, text);
    const [program = '', ...args] = command;
    const { stdout } = await execute(program, [...args, file], { cwd: folder.path, env });
    assert.match(stdout, prints, operation);
  }
}

const EXAMPLE_ROOM = '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10';
const roomId = async (): Promise<string> => (await cast.request('ann', 'GET', '/api/rooms/Tea%20room', {})).body.id;
const missing = (...command: string[]) =>
  spawnSync(command[0]!, command.slice(1)).status === 0 ? false : `${command[0]} is not installed`;

test('every operation has a sample in each language', () => {
  const operations = PAGES.filter(({ source }) => source === 'pages/operation.md');
  assert.ok(operations.length > 30);
  for (const { name } of operations) {
    for (const language of ['js', 'python', 'go'])
      assert.equal(samples(name, language).length, 1, `${name} ${language}`);
  }
});

test('the samples in JavaScript run as shown', { timeout: 120_000 }, () =>
  runAll('js', '.mjs', [process.execPath, '--no-warnings']),
);

const python = process.env.CI ? false : missing('python3', '--version');
test('the samples in Python run as shown', { skip: python, timeout: 120_000 }, () =>
  runAll('python', '.py', ['python3']),
);

// Never installed for the tests: it has hundreds of MB.
test('the samples in Go run as shown', { skip: missing('go', 'version'), timeout: 300_000 }, () =>
  runAll('go', '.go', ['go', 'run']),
);
