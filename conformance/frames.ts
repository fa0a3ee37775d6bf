// The socket contract as data: the messages of each direction, and checks of frames. Reads only asyncapi.json.
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { schemas } from './schemas.ts';

const check = schemas('asyncapi', asyncapi);
const lastOf = (ref: string) => ref.split('/').at(-1) as string;

/** The names of the messages of one direction; `receive` is what the server receives. */
const messages = (action: string) =>
  Object.values(asyncapi.operations)
    .filter((operation) => operation.action === action)
    .flatMap((operation) => operation.messages.map(({ $ref }) => lastOf($ref)));

export const CLIENT_MESSAGES: readonly string[] = messages('receive');
export const SERVER_MESSAGES: readonly string[] = messages('send');

const checks = new Map(
  Object.entries(asyncapi.channels.room.messages).map(([name, { $ref }]) => [
    name,
    check(`/components/messages/${lastOf($ref)}/payload`),
  ]),
);

/** Why a frame from the server is not as declared. A frame of an unknown type is no fault: clients ignore it. */
export function serverFrameFault(frame: { type?: unknown }): string | undefined {
  return SERVER_MESSAGES.includes(String(frame.type)) ? checks.get(String(frame.type))?.(frame) : undefined;
}

/** Why a frame from a client is not as declared. */
export const clientFrameFault = check('/components/schemas/ClientFrame');
