// Every example in the documents runs as shown: shell lines, JavaScript, Python, frames, transcripts, answers. A block
// without a runner fails.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import contract from '@parlance/specs/openapi.server.json' with { type: 'json' };
import { validateClientFrame, validateServerFrame } from '@parlance/specs/validators.js';
import { PAGES, type Page } from '@parlance/website/docs/pages.ts';
import { httpReference } from '@parlance/website/docs/reference.ts';
import { judge } from '../../specs/tooling/gates/examples.ts';
import { linkIn, type MailServer, settingsWith, startMailServer } from '../mail_server.ts';
import { openRecords } from '../records.ts';
import { startTestStack, type TestStack } from '../stack.ts';
import { differences } from './alike.ts';
import { type Block, blocksOf } from './blocks.ts';
import { liveThrough } from './bots.ts';
import { Cast } from './cast.ts';
import {
  curlIsMissing,
  findPython,
  type Running,
  readersFolder,
  runShell,
  startJavaScript,
  startPython,
} from './commands.ts';
import { replay } from './transcript.ts';

interface Scene {
  /** The path of the pages that share the stack. */
  path: string;
  cast: Cast;
  folder: string;
  mail: MailServer;
  databaseUrl: string;
  /** Returns the next block if it belongs to this one, and marks it as checked. */
  shown(language: string): Block | undefined;
}

type Runner = (block: Block, scene: Scene, t: TestContext) => Promise<void> | void;

/** Describes how a value violates the `server` form of the contract, which allows no additional properties. */
const fault = judge(contract as never);
const operations = httpReference().groups.flatMap((group) => group.operations);
/** The message of the contract's examples, and the id of its room. */
const { roomId: ROOM_ID, ...MESSAGE } = contract.components.schemas.NewMessage.examples[0]!;

const RESET_TOKEN = contract.components.schemas.PasswordReset.examples[0]!.token;
const SESSION_ID = contract.components.parameters.SessionId.example;
/** The user of an operation, where it is not ann: an administrator, or a user who loses the password or the account. */
const OTHERS: Readonly<Record<string, string>> = {
  changePassword: 'cid',
  deleteAccount: 'dan',
  resetPassword: 'eve',
  suspendUser: 'root',
  unsuspendUser: 'root',
};

/** In these guides each block begins with an empty Tea room. In the others a block continues the blocks above it. */
const EACH_FROM_THE_START = ['/docs/socket', '/docs/log', '/docs/fold', '/docs/resume', '/docs/edit'];

/** By language and tag. A block with an answer is checked with its command. */
const RUNNERS: Record<string, Runner> = {
  sh: ({ text }, scene) => (scene.path === '/docs/http' ? runOperation(text, scene) : runLines(text, scene)),
  js: async ({ text }, { path, cast, folder, shown }) => {
    if (EACH_FROM_THE_START.includes(path)) await cast.freshRoom();
    const { code, stdout, stderr } = await startJavaScript(text, folder).ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim(), (shown('text')?.text ?? '').trim());
  },
  // Node's WebSocket sends no Origin, which a browser does.
  'js page': async ({ text }, { cast, folder }) => {
    await cast.freshRoom();
    const before = `const [server, accessToken] = ${JSON.stringify([cast.url, await cast.accessToken('ann')])};
      const Native = WebSocket;
      globalThis.WebSocket = class extends Native {
        constructor(url, protocols) { super(url, { protocols, headers: { origin: server } }); }
      };`;
    const after = `socket.onmessage = ({ data }) => { console.log(JSON.parse(data).type); process.exit(0); };`;
    const { stdout, stderr } = await startJavaScript([before, text, after].join('\n'), folder).ended;
    assert.equal(stdout.trim(), 'room.joined', stderr);
  },
  'js bot': ({ text }, { cast, folder }) => runBot(text, cast, (own) => startJavaScript(own, folder)),
  'python bot': async ({ text }, { cast, folder }, t) => {
    const python = await findPython();
    if ('missing' in python) return t.skip(python.missing);
    await runBot(text, cast, (own) => startPython(python.binary, own, folder));
  },
  transcript: async ({ text }, { path, cast }) => {
    const fresh = EACH_FROM_THE_START.includes(path);
    await replay(text, cast, new Map(fresh ? [[ROOM_ID, await cast.freshRoom()]] : []));
  },
  'json frame': ({ text }) => {
    const frame: unknown = JSON.parse(text);
    assert.ok(validateClientFrame(frame) || validateServerFrame(frame), text);
  },
  'json problem': ({ text }) => assertIs('Problem', JSON.parse(text)),
};

async function runLines(text: string, { cast, folder, shown }: Scene): Promise<void> {
  const { code, stdout, stderr, status } = await runShell(text, folder);
  assert.equal(code, 0, stderr);
  const answer = JSON.parse(shown('json')?.text ?? assert.fail('no answer is shown'));
  const place = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(cast.url, '').replaceAll('ws://', ''));
  assert.deepEqual(differences(place(answer), place(JSON.parse(stdout))), []);
  assert.ok(status === (answer.status ?? status) && (status < 300 || answer.code), `${status}`);
}

/** Runs a line of the reference after creating the user, room and message of its example that it does not create. */
async function runOperation(text: string, { cast, folder, mail, databaseUrl, shown }: Scene): Promise<void> {
  const bare = text.replaceAll(cast.url, 'http://localhost:8080');
  const operation = operations.find(({ curl }) => curl === bare) ?? assert.fail('no operation has this line');
  const fresh = operation.id === 'registerUser';
  let line = text;
  if (operation.id === 'createRoom') await cast.noRoom();
  else if (!fresh) {
    line = line.replaceAll(ROOM_ID, await cast.freshRoom());
    if (operation.id !== 'sendMessage') await cast.say('ann', MESSAGE);
  }
  const who = OTHERS[operation.id] ?? 'ann';
  if (operation.id === 'suspendUser' || operation.id.endsWith('anUser')) await cast.exists('bob');
  if (who === 'root') await makeAdministrator(databaseUrl, await cast.accessToken(who));
  if (operation.id === 'endSession') line = line.replaceAll(SESSION_ID, await cast.otherSession(who));
  if (operation.id === 'resetPassword') {
    await cast.request(who, 'POST', '/api/password-resets', { body: { email: `${who}@example.org` } });
    line = line.replaceAll(RESET_TOKEN, linkIn(await mail.next(`${who}@example.org`)).hash.slice(1));
  }
  const { code, stdout, stderr, status, headers } = await runShell(
    line,
    folder,
    fresh ? '' : await cast.accessToken(who),
  );
  assert.equal(code, 0, stderr);
  const expected = operation.answers.find((one) => one.status === String(status));
  assert.ok(expected, `${status} ${stdout}`);
  for (const { name } of expected.headers) assert.ok(headers.has(name), `${name} is not in the answer`);
  if (expected.object) {
    const example = JSON.parse(shown('json')?.text ?? assert.fail('no answer is shown'));
    for (const answer of [JSON.parse(stdout), example]) {
      assertIs(expected.object, answer);
      assertHasWhatWasSent(operation.body?.example, answer);
    }
  } else assert.equal(stdout, '');
  if (operation.id === 'logOut') cast.forget('ann');
}

async function makeAdministrator(databaseUrl: string, token: string): Promise<void> {
  const records = openRecords(databaseUrl);
  const sid = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid;
  const whose = 'select user_id from sessions where handle = $1';
  await records.query(`update users set is_admin = true where id = (${whose})`, [sid]);
  await records.close();
}

/** Each property of the request that the response also has must be equal. */
function assertHasWhatWasSent(sent: object | undefined, answer: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(sent ?? {})) assert.deepEqual(answer[name] ?? value, value, name);
}

function runBot(text: string, cast: Cast, start: (text: string) => Running): Promise<void> {
  return liveThrough((url) => start(text.replaceAll(cast.url, url)), cast);
}

function assertIs(schema: string, value: unknown): void {
  assert.equal(fault(`/components/schemas/${schema}`, value as never), undefined, JSON.stringify(value));
}

const runnerOf = ({ language, tag }: Block): Runner | undefined => {
  const named = language === 'json' && tag in contract.components.schemas;
  return named ? ({ text }) => assertIs(tag, JSON.parse(text)) : RUNNERS[`${language} ${tag}`.trim()];
};

test('a block without a tag, or with an unknown one, has no runner', () => {
  for (const [language, tag] of [
    ['', ''],
    ['yaml', ''],
    ['js', 'later'],
    ['json', ''],
    ['json', 'Nothing'],
  ] as const) {
    assert.equal(runnerOf({ language, tag, text: '', section: '' }), undefined, `${language} ${tag}`);
  }
});

test('a received value that differs from the shown value is reported', () => {
  const made = ['0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10', '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21'];
  assert.deepEqual(differences({ id: made[0], of: [made[0]] }, { id: made[1], of: [made[1]] }), []);
  assert.equal(differences({ id: made[0], of: [made[0]] }, { id: made[1], of: [made[0]] }).length, 1);
  assert.equal(differences({ a: made[0], b: made[1] }, { a: made[0], b: made[0] }).length, 1);
  assert.equal(differences({ seq: 1 }, { seq: 2 }).length, 1);
  assert.equal(differences({ seq: 1 }, { seq: 1, more: true }).length, 1);
  assert.equal(differences({ at: '2026-11-21T09:30:00.000Z' }, { at: 'today' }).length, 1);
});

/** The pages of a reference share a stack; each guide has its own. samples.test.ts runs the samples. */
const together = Map.groupBy(PAGES, ({ path }: Page) => /^\/docs\/(http|socket)(?=\/|$)/.exec(path)?.[0] ?? path);

for (const [path, pages] of together) {
  const blocksAt = (url: string) => pages.flatMap((page) => blocksOf(page, url)).filter(({ tag }) => tag !== 'sample');
  const all = blocksAt('');
  // generated_clients.test.ts runs the page about generators.
  if (all.length === 0 || path === '/docs/generate') continue;
  const skip = all.some(({ language }) => language === 'sh') && curlIsMissing;
  describe(`the examples of ${path}`, { skip }, () => {
    let stack: TestStack;
    let mail: MailServer;
    let scene: Scene & { blocks: Block[]; at: number };
    const folder = readersFolder();
    before(async () => {
      mail = await startMailServer();
      // The bots connect through a relay, whose address the URLs must have: the Host header gives it, PUBLIC_URL would not.
      const sends = path === '/docs/http' ? await settingsWith(mail) : {};
      stack = await startTestStack({ MESSAGES_PER_10S: '1000', ...sends });
      const cast = new Cast(stack.url);
      const blocks = blocksAt(stack.url);
      const shown = (language: string) => {
        const next = blocks[scene.at + 1];
        const belongs = next?.language === language && (language === 'text' || next.tag === 'answer');
        if (belongs) scene.at += 1;
        return belongs ? next : undefined;
      };
      scene = { path, cast, folder: folder.path, mail, databaseUrl: stack.databaseUrl, shown, blocks, at: 0 };
    });
    after(async () => {
      folder.remove();
      await stack.stop();
      await mail.stop();
    });

    // A page has up to 60 blocks, each with its own timeout.
    test('run as shown', { timeout: 900_000 }, async (t) => {
      for (; scene.at < scene.blocks.length; scene.at += 1) {
        const block = scene.blocks[scene.at]!;
        const name = `${block.language} ${block.tag} under ${block.section}`;
        await t.test(name, async (own) => {
          const run = runnerOf(block) ?? assert.fail(`no runner for ${block.language} ${block.tag}\n${block.text}`);
          await run(block, scene, own);
        });
      }
    });
  });
}
