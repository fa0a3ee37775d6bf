// Compares the places that list the frames of the socket: the channel, the operations, the components, the unions and
// RoomEvent. A frame that one of them lacks would be published without a document, or documented and refused.
import { join } from 'node:path';
import { atPointer, isObject, type Json, type JsonObject, readYaml } from './json.ts';

/** The unions by the action of their operations, as the server sees it. */
const UNIONS = { receive: 'ClientFrame', send: 'ServerFrame' };

/** Every disagreement about frames between the sources in `dir`, one sentence each. */
export function frameDisagreements(dir: string): string[] {
  const asyncapi = readYaml(join(dir, 'asyncapi.yaml'));
  const at = (pointer: string) => atPointer(asyncapi, pointer) ?? {};
  const channel = Object.entries(at('/channels/room/messages') as JsonObject);
  const operations = Object.values(at('/operations') as JsonObject) as JsonObject[];
  const payload = (message: string) => nameOf(atPointer(asyncapi, `/components/messages/${message}/payload`));
  const listed = Object.entries(UNIONS).flatMap(([action, union]) => {
    const sent = operations
      .filter((operation) => operation.action === action)
      .flatMap(({ messages }) => messages as Json[]);
    const inChannel = channel.filter(([type]) => sent.some((one) => nameOf(one) === type));
    const schemas = inChannel.map(([, message]) => payload(nameOf(message)));
    return compared(
      `the list of operations with action ${action}`,
      schemas,
      union,
      branches(at(`/components/schemas/${union}`)),
    );
  });
  const types = channel.map(([type]) => type);
  const operated = operations.flatMap(({ messages }) => (messages as Json[]).map(nameOf));
  const events = readYaml(join(dir, 'schemas/RoomEvent.yaml'));
  const mapped = Object.values(atPointer(events, '/discriminator/mapping') ?? {}).map((file) => nameOf({ $ref: file }));
  const stored = branches(at('/components/schemas/ServerFrame')).filter((name) => isEvent(dir, name));
  return [
    ...compared('the channel', types, 'the list of operations', operated),
    ...compared(
      'the channel',
      channel.map(([, message]) => nameOf(message)),
      'components/messages',
      Object.keys(at('/components/messages')),
    ),
    ...listed,
    ...compared('ServerFrame, of the events,', stored, 'RoomEvent', branches(events)),
    ...compared('RoomEvent', branches(events), 'the mapping of its discriminator', mapped),
  ];
}

/** What `one` names and `other` does not, and the reverse. */
function compared(one: string, names: readonly string[], other: string, others: readonly string[]): string[] {
  const missing = (from: readonly string[], of: readonly string[], has: string, lacks: string) =>
    from.filter((name) => !of.includes(name)).map((name) => `${has} has ${name}, but ${lacks} does not`);
  return [...missing(names, others, one, other), ...missing(others, names, other, one)];
}

/** Whether a named schema extends LogEvent: it is in schemas/ then. */
function isEvent(dir: string, name: string): boolean {
  try {
    const schema = readYaml(join(dir, `schemas/${name}.yaml`));
    return ((schema.allOf ?? []) as Json[]).some((part) => nameOf(part) === 'LogEvent');
  } catch {
    return false;
  }
}

const branches = (schema: Json) => ((isObject(schema) && (schema.oneOf as Json[])) || []).map(nameOf);

/** The last part of a reference, without the end of a file name. */
const nameOf = (node: Json | undefined) =>
  isObject(node) && typeof node.$ref === 'string'
    ? node.$ref
        .split('/')
        .at(-1)!
        .replace(/\.yaml$/, '')
    : '';
