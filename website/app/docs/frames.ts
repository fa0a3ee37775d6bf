// The reference of the socket's frames as the page shows it: what the AsyncAPI generator wrote, in the words of the other
// pages. The generator writes `x-exactly-one-of` as rows of a table; here it is a rule of the frame.
import { readFileSync } from 'node:fs';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { choiceOf, type Schema } from './fields.ts';

const schemas = asyncapi.components.schemas as unknown as Record<string, Schema>;

/** The Markdown of all frames, from the fourth level of headings down. */
export function framesReference(): string {
  const written = readFileSync(new URL('generated/socket.md', import.meta.url), 'utf8');
  return written
    .split(/(?=^#### )/m)
    .map(frame)
    .join('');
}

/** The events of a room, each with the properties that only it has, and the properties of every event. */
export function eventTypes() {
  const { properties } = schemas.LogEvent!;
  const types = asyncapi.operations.deliver.messages.map(({ $ref }) => $ref.split('/').at(-1)!);
  const events = types
    .map((type) => ({ type, schema: schemaOf(type) }))
    .filter(({ schema }) => schema.allOf !== undefined)
    .map(({ type, schema }) => {
      const own = Object.keys(Object.assign({}, ...schema.allOf!.map((one) => one.properties)));
      return { type, description: schema.description, own: own.filter((name) => !(name in properties!)) };
    });
  return { events, eventBase: Object.keys(properties!) };
}

function frame(text: string): string {
  const name = /^#### `([\w.]+)`/.exec(text)?.[1];
  const choice = name === undefined ? '' : choiceOf(schemaOf(name));
  return text
    .replace(/^\| `\d+ \(oneOf item\)` .*\n/gm, '')
    .replace('| object oneOf |', '| object |')
    .replace('nothing else may stand in it', 'no other properties')
    .replace('more may stand in it', `${choice ? `${choice}; ` : ''}a later version may add properties`)
    .replace(/^_(\w+)_$/gm, 'Example ($1):');
}

/** The schema of a frame by its type. */
function schemaOf(type: string): Schema {
  const isIt = ({ properties = {}, allOf = [] }: Schema): boolean =>
    properties.type?.const === type || allOf.some(isIt);
  return Object.values(schemas).find(isIt) ?? {};
}
