// Has the AsyncAPI generator write the reference of the socket's frames, as Markdown (@asyncapi/markdown-template), and
// trims it for the page that shows it. The page says for itself how a socket is opened: that is left out here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { followRef } from './bundle.ts';
import { flattened } from './close.ts';
import { isObject, type Json, type JsonObject, mapSchemas, mapValues } from './json.ts';
import { strict } from './words.ts';

const cli = fileURLToPath(new URL('../asyncapi-cli', import.meta.url));

/** The document that the generator gets: schemas in one piece, no example but whole frames, nothing about the handshake. */
export function framesAlone(asyncapi: JsonObject): JsonObject {
  const document = mapSchemas(asyncapi, (schema, pointer) => plain(flattened(asyncapi, schema, pointer)));
  const channels = mapValues(document.channels as JsonObject, (channel) => {
    const { bindings: _, 'x-handshake': __, ...rest } = channel as JsonObject;
    return rest;
  });
  return { ...document, channels };

  /** What binds, in the strict words, which the generator knows. It has no words beside a reference: they are put in. */
  function plain(node: Json): Json {
    if (Array.isArray(node)) return node.map(plain);
    if (!isObject(node)) return node;
    const { examples: _, $ref, ...rest } = strict(node);
    const named = typeof $ref === 'string' && Object.keys(rest).length > 0 ? followRef(asyncapi, $ref) : undefined;
    if (isObject(named)) return plain({ ...named, ...rest });
    const binding = Object.entries(rest).filter(([key]) => !key.startsWith('x-'));
    const whole = mapValues(Object.fromEntries(binding), plain);
    return typeof $ref === 'string' ? { $ref } : whole;
  }
}

/** The generator's Markdown for a document, about 3 s. The CLI must be installed. Throws with what it said. */
export function writtenByAsyncApi(document: JsonObject): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-asyncapi-'));
  try {
    writeFileSync(join(folder, 'asyncapi.json'), JSON.stringify(document));
    const bin = join(cli, 'node_modules/@asyncapi/cli/bin/run_bin');
    const template = './node_modules/@asyncapi/markdown-template';
    const options = [
      '-o',
      folder,
      '--force-write',
      '--no-interactive',
      '--registry-url=', // or it asks a registry whether it is there, though nothing is fetched
      '-p',
      'outFilename=socket.md',
      '-p',
      'toc=false',
    ];
    const run = spawnSync(
      process.execPath,
      [bin, 'generate', 'fromTemplate', join(folder, 'asyncapi.json'), template, ...options],
      {
        cwd: cli,
        encoding: 'utf8',
        env: { ...process.env, ASYNCAPI_METRICS_CONFIG_PATH: join(cli, 'analytics.json'), NO_COLOR: '1' },
      },
    );
    if (run.status !== 0) throw new Error(`The AsyncAPI generator failed:\n${run.stdout}${run.stderr}`);
    return readFileSync(join(folder, 'socket.md'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the page shows of it: the operations by their titles, each frame with its table and its examples. */
export function trimmed(markdown: string, asyncapi: JsonObject): string {
  const start = markdown.indexOf('\n## Operations\n');
  if (start < 0) throw new Error('The AsyncAPI generator wrote no operations.');
  let text = markdown.slice(start + '\n## Operations\n'.length);
  const operations = Object.entries(asyncapi.operations as JsonObject) as [string, JsonObject][];
  for (const [id, { title, action }] of operations) {
    const heading = new RegExp(`### \\w+ \`[^\`]+\` Operation\n\n(\\*.+\\*)\n\n\\* Operation ID: \`${id}\`\n\n.+\n`);
    if (!heading.test(text)) throw new Error(`The AsyncAPI generator wrote nothing about ${id}.`);
    const from = action === 'receive' ? 'From the client to the server' : 'From the server to the client';
    text = text.replace(heading, `### ${title}\n\n${from} (operation \`${id}\`). $1\n`);
  }
  return text
    .replace(/#### Parameters\n\n(\|.*\n)+\n*/g, '')
    .replace(/#### Message (.+) `([^`]+)`/g, '#### `$2` – $1')
    .replace(
      /^\| Name \| Type \|.*\n\|-.*\n/gm,
      '| Property | Type | What it is | Rules |\n| --- | --- | --- | --- |\n',
    )
    .replace(/^\| (.+) \| (.+) \| (.+) \| (.+) \| (.+) \| (.+) \|\n/gm, (_, ...cells) => row(cells.slice(0, 6)))
    .replace(/^\* (Message ID|Content type): .*\n/gm, '')
    .replace(/^##### Payload\n/gm, '')
    .replace(/> Examples of payload\n\n_\w+_/g, 'Example:')
    .replace(/^_(\w+)_$/gm, 'Example ($1):')
    .replace(/^```json$/gm, '```json frame')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A line of a table, what binds in one cell. An item of a list has none: its list says everything. */
function row([name, type, description, value, constraints, notes]: string[]): string {
  if (/\((single|oneOf) item\)$/.test(name!)) return '';
  const rules = [notes, value, constraints].filter((rule) => rule !== '-').map((rule) => inWords(rule!));
  const property = name === '(root)' ? '*the frame*' : `\`${name}\``;
  return `| ${property} | ${type!.replace(' oneOf', '')} | ${description} | ${rules.join('; ') || '-'} |\n`;
}

/** A rule without the generator's signs. What is allowed are codes, to which versions add. */
function inWords(rule: string): string {
  return rule
    .replace('**required**', 'required')
    .replace('**additional properties are NOT allowed**', 'no other properties')
    .replace('**additional properties are allowed**', 'a later version may add properties')
    .replace(/^const \((.+)\)$/, 'always $1')
    .replace(/^allowed \((.+)\)$/, 'one of $1, or one of a later version')
    .replace(/(?:pattern|format) \(`(.+?)`\)(?=$|,)/, '`$1`')
    .replace(/\[ (\d+) \.\. (\d+) \]/, '$1 to $2')
    .replace(/^>= /, 'at least ');
}
