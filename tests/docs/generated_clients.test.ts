// The page "Generate a client": runs its commands and programs as shown, per language, against a real stack. A program
// must log in, send, list, and decode every frame. A language is skipped where its toolchain is absent.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import contract from '@parlance/specs/client.openapi.json' with { type: 'json' };
import { PAGES } from '@parlance/website/docs/pages.ts';
import { startTestStack, type TestStack } from '../stack.ts';
import { blocksOf } from './blocks.ts';

interface Frame {
  type: string;
  seq?: number;
  [property: string]: unknown;
}

/** By the tag of the commands: the language of the program, and commands that must exist. */
const LANGUAGES = {
  go: { program: 'go', tools: ['go version'] },
  rust: { program: 'rust', tools: ['cargo --version', 'java -version', 'python3 -c "import venv, ensurepip"'] },
  typescript: { program: 'ts', tools: ['npm --version'] },
  python: { program: 'python', tools: ['python3 -c "import venv, ensurepip"'] },
} as const;

const PAGE = PAGES.find(({ path }) => path === '/docs/generate') ?? assert.fail('the page is missing');
const MINUTES = 60_000;
const OFFLINE =
  /dial tcp|resolve host|name resolution|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|timed out|Failed to connect|network failure|spurious network/i;

const mapping: Record<string, string> = contract.components.schemas.ServerFrame.discriminator.mapping;
const messages = asyncapi.components.messages as Record<string, { name: string; examples: { payload: Frame }[] }>;
const examples = Object.values(messages)
  .filter(({ name }) => name in mapping)
  .flatMap((message) => message.examples.map(({ payload }) => payload));
const created = examples.find(({ type }) => type === 'message.created')!;
const frames: Frame[] = [
  ...examples,
  { ...created, seq: Number.MAX_SAFE_INTEGER },
  contract.components.schemas.LogEvent.examples[0]!,
];

test('the frames that the programs decode have every type, the largest seq and an unknown type', () => {
  assert.deepEqual(new Set(frames.map(({ type }) => type)), new Set([...Object.keys(mapping), 'members.changed']));
});

test('the page has commands and one program for each language, and nothing else but an example', () => {
  const expected = Object.entries(LANGUAGES).flatMap(([tag, { program }]) => [`sh ${tag}`, program]);
  const shown = blocksOf(PAGE, '').map(({ language, tag }) => (language === 'sh' ? `sh ${tag}` : language));
  assert.deepEqual(shown, ['sh example', ...expected]);
});

describe('the generated clients', () => {
  let stack: TestStack;
  before(async () => {
    stack = await startTestStack();
  });
  after(() => stack.stop());

  for (const [tag, { program, tools }] of Object.entries(LANGUAGES)) {
    const absent = tools.find((tool) => spawnSync('bash', ['-c', tool]).status !== 0);
    const skip = absent === undefined ? false : `${absent} fails`;
    test(`the client in ${tag} is generated, compiled and run as shown`, { skip, timeout: 25 * MINUTES }, async (t) => {
      await runLanguage(tag, program, stack.url, t);
    });
  }
});

async function runLanguage(tag: string, program: string, url: string, t: TestContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `parlance-${tag}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const blocks = blocksOf(PAGE, url);
  const source = blocks.find(({ language }) => language === program)!;
  const commands = blocks.find((block) => block.language === 'sh' && block.tag === tag)!.text.trim();
  const last = commands.lastIndexOf('\n');
  mkdirSync(join(folder, dirname(source.tag)), { recursive: true });
  writeFileSync(join(folder, source.tag), source.text);
  writeFileSync(join(folder, 'frames.jsonl'), frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
  const script = `set -euo pipefail\n{\n${commands.slice(0, last)}\n} < /dev/null >&2\n${commands.slice(last + 1)} < frames.jsonl`;
  const { error, stdout, stderr } = await bash(script, folder);
  if (error && !process.env.CI && OFFLINE.test(stderr)) return t.skip(`no registry: ${stderr.trim().slice(-200)}`);
  assert.ok(error === null, `${stdout}\n${stderr}`);

  const lines = stdout.trim().split('\n');
  assert.deepEqual(lines.slice(0, 2), ['stored 1', 'listed 1 Is the kettle on?']);
  assert.equal(lines.length - 2, frames.length, stdout);
  for (const [index, frame] of frames.entries()) assertDescribes(lines[index + 2]!, frame);
}

/** The line has the name of the frame's schema and each of its own required properties: text and numbers. */
function assertDescribes(line: string, frame: Frame): void {
  const name = mapping[frame.type]?.split('/').at(-1);
  if (name === undefined) return assert.equal(line, `unknown event ${frame.seq}`);
  assert.match(line, new RegExp(`\\b${name}\\b`), JSON.stringify(frame));
  const schemas = contract.components.schemas as Record<string, { required?: string[] }>;
  const common = frame.seq === undefined ? ['type'] : schemas.LogEvent!.required!.filter((key) => key !== 'seq');
  for (const key of schemas[name]!.required!.filter((one) => !common.includes(one))) {
    // Languages write lists and booleans in different ways.
    const values = [frame[key]].flat().filter((value) => typeof value !== 'boolean');
    for (const value of values) assert.ok(line.includes(String(value)), `${key} of ${line}`);
  }
}

function bash(script: string, cwd: string) {
  return new Promise<{ error: Error | null; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd, maxBuffer: 64 << 20, timeout: 24 * MINUTES };
    execFile('bash', ['-c', script], options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
}
