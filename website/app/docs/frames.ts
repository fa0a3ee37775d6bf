// The reference of socket frames: the generated Markdown of each frame, completed with the rule of `x-exactly-one-of` for each frame
// that has one. Never describes a frame that is not in the contract.
import { readFileSync } from 'node:fs';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { choiceOf, type Schema } from './fields.ts';

const schemas = asyncapi.components.schemas as unknown as Record<string, Schema>;

export interface Frame {
  type: string;
  title: string;
  summary: string;
  /** Its page. */
  markdown: string;
}

/** The frames by operation of the contract: what a client sends, and what it receives. */
export function frameParts(): { title: string; text: string; frames: Frame[] }[] {
  const written = readFileSync(new URL('generated/socket.md', import.meta.url), 'utf8');
  return written
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [about = '', ...frames] = part.split(/^#### /m);
      const [title = '', ...text] = about.split('\n');
      return { title, text: text.join('\n').trim(), frames: frames.map(frame) };
    });
}

/** The event types of a room, each with its own properties, and the properties common to all events. */
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

function frame(text: string): Frame {
  const [, type = '', title = '', summary = ''] = /^`([\w.]+)` – (.+)\n\n\*(.+)\*\n/.exec(text) ?? [];
  const choice = choiceOf(schemaOf(type));
  const rules = (rule: string) => [choice, rule].filter(Boolean).join('; ');
  const markdown = `# ${text.replace('a later version may add properties', rules)}`.trim();
  return { type, title, summary, markdown };
}

/** The schema of a frame by its type. */
function schemaOf(type: string): Schema {
  const isIt = ({ properties = {}, allOf = [] }: Schema): boolean =>
    properties.type?.const === type || allOf.some(isIt);
  return Object.values(schemas).find(isIt) ?? {};
}
