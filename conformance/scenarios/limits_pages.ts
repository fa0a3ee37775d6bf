// Limits of numbers in a query: the size of a page, and the largest seq, over HTTP and at the upgrade.
import { LIMITS } from '@parlance/specs/limits.ts';
import { OPERATIONS } from '../contract.ts';
import type { Kit } from '../kit.ts';
import { boundary } from '../off_spec.ts';
import { expect, expectStatus, same } from '../row.ts';
import { busyRoom } from './busy_room.ts';
import { door } from './door.ts';
import { expectProblem } from './provoke.ts';

/** Every parameter `limit`, at both ends of its range. */
export async function atPage(kit: Kit): Promise<void> {
  const { room, messages, total } = await busyRoom(kit);
  const as = kit.cast.ann;
  for (const { id, query } of OPERATIONS) {
    const schema = query.find(({ name }) => name === 'limit')?.schema;
    if (!schema) continue;
    for (const value of boundary(schema).inside) {
      expectStatus(await kit.call(id, { as, room: room.name, query: `?limit=${value}` }), 200);
    }
    for (const value of [0, LIMITS.pageMax + 1]) {
      const answer = await kit.call(id, { as, room: room.name, query: `?limit=${value}` });
      expectProblem(answer, 'invalid_request', 400, '/query/limit');
    }
  }
  const largest = { as, room: room.name, query: `?limit=${LIMITS.pageMax}` };
  same((await kit.call('listMessages', largest)).body.messages?.length, messages, 'messages on the largest page');
  same((await kit.call('listEvents', largest)).body.events?.length, total, 'events on the largest page');
}

export async function atSeq(kit: Kit): Promise<void> {
  const { room, bearer, knock } = await door(kit);
  const beyond = String(BigInt(LIMITS.seqMax) + 1n);
  for (const { id, query } of OPERATIONS) {
    for (const { name } of query.filter(({ schema }) => schema.maximum === LIMITS.seqMax)) {
      const ask = (seq: string | number) =>
        kit.call(id, { as: kit.cast.ann, room: room.name, query: `?${name}=${seq}` });
      expectStatus(await ask(LIMITS.seqMax), 200);
      expectProblem(await ask(beyond), 'invalid_request', 400, `/query/${name}`);
    }
  }
  const answer = await knock(bearer, `?after=${LIMITS.seqMax}&roomId=${room.id}`);
  expect(answer.status === 101, '101 to the largest seq', answer.text);
  expectProblem(await knock(bearer, `?after=${beyond}&roomId=${room.id}`), 'invalid_request', 400, '/query/after');
}
