// Limits of texts: names, messages and whole bodies at n and n + 1, by HTTP and socket. Characters are code points.
import { LIMITS } from '@parlance/specs/limits.ts';
import { OPERATIONS, type Operation } from '../contract.ts';
import type { Kit } from '../kit.ts';
import { expect, expectStatus, same } from '../row.ts';
import { expectProblem, validBody } from './provoke.ts';

const REGISTER = OPERATIONS.find(({ id }) => id === 'registerUser') as Operation;

/** The longest and the shortest values are registered at the start of the run; one character beyond them is refused. */
export async function refusedText(kit: Kit, property: 'username' | 'email' | 'password', value: string): Promise<void> {
  const body = { ...validBody(REGISTER, kit), [property]: value };
  expectProblem(await kit.call('registerUser', { body }), 'invalid_request', 400, `/body/${property}`);
}

/** Counted in code points, after NFC. */
export async function atRoomName(kit: Kit): Promise<void> {
  const as = kit.cast.ann;
  const fill = (start: string, one: string, length: number) => start + one.repeat(length - start.length);
  const [plain, composed] = [`${kit.tag} p`, `${kit.tag} c`].map((start) => start.replaceAll(' ', ''));
  for (const name of [fill(plain!, 'x', LIMITS.roomNameMax), fill(composed!, 'e\u0301', LIMITS.roomNameMax)]) {
    const room = await kit.room(as, name);
    const found = await kit.call('getRoom', { as, room: name });
    same(found.body, room, 'the room with the longest name');
  }
  for (const name of ['', fill(plain!, 'y', LIMITS.roomNameMax + 1)]) {
    expectProblem(await kit.call('createRoom', { as, body: { name } }), 'invalid_request', 400, '/body/name');
  }
}

/** Uses marks that compose with no letter, so that NFC keeps them. */
export async function atRoomMarks(kit: Kit): Promise<void> {
  const as = kit.cast.ann;
  const name = (marks: number) => `${kit.tag} q${'\u0331'.repeat(marks)}`;
  await kit.room(as, name(LIMITS.roomNameMarks));
  const answer = await kit.call('createRoom', { as, body: { name: name(LIMITS.roomNameMarks + 1) } });
  expectProblem(answer, 'invalid_request', 400, '/body/name');
}

export async function atContent(kit: Kit): Promise<void> {
  const as = kit.cast.ann;
  const room = await kit.room();
  const wire = await kit.join(as, room.name);
  const longest = '𝄞'.repeat(LIMITS.contentMax);
  same((await wire.post(longest)).content, longest, 'the longest message by socket');
  const send = (content: string) =>
    kit.call('sendMessage', { as, room: room.name, body: { id: crypto.randomUUID(), content } });
  expectStatus(await send(longest), 201);
  for (const content of [`${longest}x`, '']) {
    expectProblem(await send(content), 'invalid_request', 400, '/body/content');
    const error = await wire.answer(wire.say(content));
    same([error.code, error.pointer], ['invalid_frame', '/content'], 'the answer by socket');
  }
  await wire.close();
}

/** Bodies and frames of exactly the limit, padded with white space, and the largest message, fully escaped. */
export async function atBody(kit: Kit): Promise<void> {
  const as = kit.cast.ann;
  const room = await kit.room();
  const wire = await kit.join(as, room.name);
  const message = () => ({ id: crypto.randomUUID(), content: 'padded' });
  const send = (body: string) => kit.call('sendMessage', { as, room: room.name, body });
  expectStatus(await send(JSON.stringify(message()).padEnd(LIMITS.bodyMax)), 201);
  expectStatus(await send(JSON.stringify(message()).padEnd(LIMITS.bodyMax + 1)), 413);

  const escaped = '\\ud834\\udd1e'.repeat(LIMITS.contentMax);
  expectStatus(await send(`{"id":"${crypto.randomUUID()}","content":"${escaped}"}`), 201);
  const id = crypto.randomUUID();
  wire.send(`{"type":"message.send","id":"${id}","content":"${escaped}"}`);
  same((await wire.answer(id)).type, 'message.created', 'the answer to the largest message, escaped');

  const padded = message();
  wire.send(JSON.stringify({ type: 'message.send', ...padded }).padEnd(LIMITS.bodyMax));
  same((await wire.answer(padded.id)).type, 'message.created', 'the answer to the largest frame');
  wire.send(JSON.stringify({ type: 'message.send', ...message() }).padEnd(LIMITS.bodyMax + 1));
  same(await wire.closed(), 1009, 'the close code');
  expect(wire.events().length > 0, 'messages', wire.frames);
}
