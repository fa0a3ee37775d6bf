// Every code that an error frame can carry, provoked if possible: the error names the message, the socket stays open.
import { LIMITS } from '@parlance/specs/limits.ts';
import { SOCKET_ERRORS, type SocketErrorCode } from '@parlance/specs/problems.ts';
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { expect, type Row, Skip, same } from '../row.ts';
import type { Wire } from '../wire.ts';

const INSIDE = 'only a fault inside the server provokes it';

/** A function provokes the error on a socket that must stay usable; a string says why it is never tested. */
const ERRORS: Record<SocketErrorCode, ((kit: Kit, wire: Wire) => Promise<void>) | string> = {
  invalid_json: async (_kit, wire) => {
    wire.send('{"type":');
    await expectError(wire, 'invalid_json');
  },
  invalid_frame: async (_kit, wire) => {
    const id = crypto.randomUUID();
    wire.send({ type: 'message.send', id, content: 7 });
    same((await expectError(wire, 'invalid_frame', id)).pointer, '/content', 'the pointer');
    wire.send({ type: 'no.such' });
    await expectError(wire, 'invalid_frame');
  },
  id_conflict: async (_kit, wire) => {
    const { id } = await wire.post('first');
    wire.say('second', id);
    await expectError(wire, 'id_conflict', id);
  },
  rate_limited: async (kit) => {
    const { errors } = await tooManyFrames(kit);
    if (errors.length === 0) throw new Skip('this server has a setting that allows more messages than the default');
    for (const { code, refId, retryAfterMs } of errors) {
      same(code, 'rate_limited', 'the code');
      expect(
        typeof refId === 'string' && retryAfterMs > 0 && retryAfterMs <= 10_000,
        'refId, and retryAfterMs up to 10 s',
        errors[0],
      );
    }
  },
  internal_error: INSIDE,
  store_unavailable: INSIDE,
  outbox_full: 'the rate limit of messages is reached before so many can wait',
  room_gone: 'only a message that races with the deletion of its room gets it',
  banned: 'only a message that races with the ban gets it',
  unavailable: 'only a server that is about to stop sends it',
  session_ended: 'only a message that races with the end of its session gets it',
};

async function expectError(wire: Wire, code: SocketErrorCode, refId?: string): Promise<Json> {
  const error = await wire.next('error');
  same({ code: error.code, refId: error.refId }, { code, refId }, 'the error');
  return error;
}

/** One message more than allowed in 10 s, on one socket; the refused one is sent again after its retryAfterMs. */
export const tooManyFrames = (kit: Kit): Promise<{ stored: number; errors: Json[]; again: Json | undefined }> =>
  kit.shared('too many frames', async () => {
    const room = await kit.room();
    const wire = await kit.join(kit.cast.ann, room.name);
    const ids = Array.from({ length: LIMITS.messagesPer10s + 1 }, (_, index) => wire.say(`${index}`));
    const answers = await Promise.all(ids.map((id) => wire.answer(id)));
    const errors = answers.filter(({ type }) => type === 'error');
    const again =
      errors[0] && (await new Promise((resolve) => setTimeout(resolve, Math.min(errors[0].retryAfterMs ?? 0, 11_000))));
    const refused = errors[0] ? await wire.post('again', errors[0].refId).catch(() => undefined) : again;
    wire.cut();
    return { stored: answers.length - errors.length, errors, again: refused };
  });

export const socketErrors: Row[] = Object.keys(SOCKET_ERRORS).map((code): Row => {
  const base = {
    id: `socket.error.${code}`,
    group: 'socket' as const,
    says: `${code} reports a refused frame and leaves the socket open.`,
  };
  const known = ERRORS[code as SocketErrorCode] ?? 'this kit does not know how to provoke it';
  if (typeof known === 'string') return { ...base, skip: known };
  return {
    ...base,
    ...(code === 'rate_limited' ? { waits: 11 } : {}),
    run: async (kit) => {
      const wire = await kit.join(kit.cast.bob, (await kit.room()).name);
      await known(kit, wire);
      await wire.post('It goes on.');
      await wire.close();
    },
  };
});
