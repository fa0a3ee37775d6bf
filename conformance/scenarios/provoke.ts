// Helpers to provoke a refusal: a request that is valid except for one thing, and the check of its answer.
import type { PROBLEMS } from '@parlance/specs/problems.ts';
import { isInRoom, type Operation, resolve, type Schema } from '../contract.ts';
import type { Answer } from '../http.ts';
import type { CallOptions, Kit } from '../kit.ts';
import { type Credentials, newcomer } from '../people.ts';
import { change, type Place, placeOf } from '../room_log.ts';
import { expect } from '../row.ts';

export interface Provocation {
  status: number;
  /** Distinguishes several with the same status. */
  name?: string;
  /** Ends the sentence "createRoom answers 409 …". */
  says: string;
  skip?: string;
  run?(kit: Kit): Promise<void>;
}

/** Values that every schema of their name accepts, new each time. */
const VALUES: Readonly<Record<string, (kit: Kit) => string>> = {
  email: () => `kit.${crypto.randomUUID()}@example.org`,
  username: () => `kit.${crypto.randomUUID().slice(0, 13)}`,
  password: () => crypto.randomUUID(),
  name: (kit) => kit.name(),
  id: () => crypto.randomUUID(),
  content: () => 'Is the kettle on yet?',
  roomId: () => crypto.randomUUID(),
};

/** A body that the operation accepts. */
export function validBody({ body }: Operation, kit: Kit): Record<string, unknown> | undefined {
  if (!body?.properties) return undefined;
  return Object.fromEntries(
    Object.entries(body.properties).map(([name, schema]) => [name, VALUES[name]?.(kit) ?? example(schema)]),
  );
}

const example = (schema: Schema) => resolve<Schema>(schema).examples?.[0];

/** A session that no other row uses, for an operation that ends sessions: a server may fail to refuse it. */
export async function riskedSession(
  { id }: Operation,
  kit: Kit,
  kind: 'token' | 'cookie' = 'token',
): Promise<Credentials | undefined> {
  if (id === 'logOut') return kit.session(kind);
  return id === 'endOtherSessions' ? kit.session(kind, await newcomer(kit.call.bind(kit))) : undefined;
}

/**
 * A valid request to the operation, in a room of its own; deleteRoom gets a new room each time. With `own`, an
 * operation that ends sessions gets a new one. Passwords and tokens are wrong, and endSession names no session, so that
 * a server that does not refuse the request does not affect other rows.
 */
export async function validRequest(operation: Operation, kit: Kit, own = false): Promise<CallOptions> {
  const { ann } = kit.cast;
  const options: CallOptions = {};
  const body = validBody(operation, kit);
  if (operation.needsSession) options.as = (own && (await riskedSession(operation, kit))) || ann;
  if (operation.places.some(({ name }) => name === 'username')) options.username = kit.cast.bob.username;
  if (operation.id === 'endSession') options.session = crypto.randomUUID();
  if (isInRoom(operation)) {
    const prepared = () => placeToRefuse(operation, kit);
    const alone = operation.id === 'deleteRoom';
    const { room, message } = await (alone ? prepared() : kit.shared(`where ${operation.id} is refused`, prepared));
    // For DELETE a reaction that exists, otherwise one that does not exist yet.
    Object.assign(options, {
      room: room.name,
      message: message.id,
      emoji: operation.method === 'DELETE' ? '👍' : '🎉',
    });
    if (body?.roomId !== undefined) body.roomId = room.id;
  }
  if (body !== undefined) options.body = body;
  if (operation.id === 'createRoom') kit.willDelete(body?.name as string, ann);
  return options;
}

/** A message of ann with a reaction, in a room that must not change from now on. */
async function placeToRefuse(operation: Operation, kit: Kit): Promise<Place> {
  const place = await placeOf(kit, kit.cast.ann);
  await change(kit, 'addReaction', kit.cast.ann, place, { emoji: '👍' });
  await kit.guard.watch(kit, place.room, operation.id);
  return place;
}

/** @throws Mismatch unless it was refused with this code and, if given, with a pointer that starts with `pointer`. */
export function expectProblem(
  { status, body, text }: Answer,
  code: keyof typeof PROBLEMS,
  expected: number,
  pointer?: string,
) {
  expect(status === expected && body?.code === code, `${expected} ${code}`, `${status} ${text}`);
  if (pointer === undefined) return;
  const pointers: string[] = body.errors?.map((error: { pointer: string }) => error.pointer) ?? [];
  expect(
    pointers.some((one) => one.startsWith(pointer)),
    `an error at ${pointer}`,
    text,
  );
}
