// Has the AsyncAPI generator write the reference of the socket's frames, as Markdown (@asyncapi/markdown-template), and
// trims it for the page that shows it. The page says for itself how a socket is opened: that is left out here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flattened } from './close.ts';
import { isObject, type Json, type JsonObject, mapSchemas, mapValues } from './json.ts';

const cli = fileURLToPath(new URL('../asyncapi-cli', import.meta.url));

/** The document that the generator gets: schemas in one piece, no example said twice, nothing about the handshake. */
export function framesAlone(asyncapi: JsonObject): JsonObject {
  const document = mapSchemas(asyncapi, (schema, pointer) => {
    const { examples: _, ...rest } = flattened(asyncapi, schema, pointer);
    if (!isObject(rest.properties)) return schema;
    return { ...rest, properties: mapValues(rest.properties, withoutExampleOfConst) };
  });
  const channels = mapValues(document.channels as JsonObject, (channel) => {
    const { bindings: _, 'x-handshake': __, ...rest } = channel as JsonObject;
    return rest;
  });
  return { ...document, channels };
}

function withoutExampleOfConst(property: Json): Json {
  if (!isObject(property) || property.const === undefined) return property;
  const { examples: _, ...rest } = property;
  return rest;
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
    .replaceAll('| (root) |', '| *the frame* |')
    .replace(/^\* (Message ID|Content type): .*\n/gm, '')
    .replace(/^##### Payload\n/gm, '')
    .replace(/> Examples of payload\n\n_\w+_/g, 'Example:')
    .replace(/^```json$/gm, '```json frame')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
