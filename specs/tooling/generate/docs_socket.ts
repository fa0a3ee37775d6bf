// Runs the AsyncAPI generator to write the reference of the socket's frames (@asyncapi/markdown-template), and
// trims the result for its page. The page itself describes the handshake, so the handshake is omitted here.
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

/** The input of the generator: flattened schemas, only examples of whole frames, and no handshake. */
export function framesAlone(asyncapi: JsonObject): JsonObject {
  const document = mapSchemas(asyncapi, (schema, pointer) => plain(flattened(asyncapi, schema, pointer)));
  const channels = mapValues(document.channels as JsonObject, (channel) => {
    const { bindings: _, 'x-handshake': __, ...rest } = channel as JsonObject;
    return rest;
  });
  return { ...document, channels };

  /** Strict keywords only, which the generator supports. It ignores keywords beside a reference: they are merged in. */
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

/** The generator's Markdown for a document; takes about 3 s. The CLI must be installed. Throws with its output. */
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
      '--registry-url=', // without it the CLI contacts a registry, although it downloads nothing
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

/** The part for the page: the operations by their titles, each frame with its table and its examples. */
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
      '| Property | Type | Description | Rules |\n| --- | --- | --- | --- |\n',
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

/** A row of a table, with all rules in one cell. An item of a list gets no row: the row of the list has its type. */
function row([name, type, description, value, constraints, notes]: string[]): string {
  if (/\((single|oneOf) item\)$/.test(name!)) return '';
  const rules = [notes, value, constraints].filter((rule) => rule !== '-').map((rule) => inWords(rule!));
  const property = name === '(root)' ? '*the frame*' : `\`${name}\``;
  return `| ${property} | ${type!.replace(' oneOf', '')} | ${description} | ${rules.join('; ') || '-'} |\n`;
}

/** A rule in words instead of the generator's notation. "allowed" lists codes, to which later versions add. */
function inWords(rule: string): string {
  return rule
    .replace('**required**', 'required')
    .replace('**additional properties are NOT allowed**', 'no other properties')
    .replace('**additional properties are allowed**', 'a later version may add properties')
    .replace(/^const \((.+)\)$/, 'always $1')
    .replace(/^allowed \((.+)\)$/, 'one of $1, or one of a later version')
    .replace(/(?:pattern|format) \(`(.+?)`\)(?=$|,)/, '`$1`')
    .replace(/\[ (\d+) \.\. (\d+) \]/, '$1 to $2')
    .replace(/(^|, )>= /, '$1at least ');
}
