// Mutants of order on the way of an event: numbering, locks, batches, delivery, replay.
import { mutants } from '../mutant.ts';

const APPEND = 'website/app/services/append.ts';
const SEQUENCE = 'chat/app/sequence.ts';
const LANE = 'chat/app/lane.ts';
const TOGETHER = ['website/tests/internal.append_together.test.ts', 'website/tests/internal.append_held.test.ts'];
const IN_APPEND = [
  'website/tests/internal.append.test.ts',
  'website/tests/internal.append_usual.test.ts',
  'website/tests/internal.append_together.test.ts',
];
const OUTBOX = ['chat/tests/outbox.test.ts'];

export const ORDER_OF_EVENTS = mutants(
  'order',
  ['chat/tests/sequence.test.ts'],
  [
    {
      id: 'seq-backwards',
      file: APPEND,
      find: 'select distinct on (room_id, id) * from input',
      by: 'select distinct on (room_id, id) i.* from (select * from input order by ord desc) i',
      tests: IN_APPEND,
    },
    {
      id: 'first-of-an-id',
      file: APPEND,
      find: 'order by room_id, id, ord\n',
      by: 'order by room_id, id, ord desc\n',
      tests: IN_APPEND,
    },
    {
      id: 'batch-order',
      file: APPEND,
      find: 'select room_id, array_agg(ord order by ord) as ords, array_agg(id order by ord) as ids,',
      by: 'select room_id, array_agg(ord order by id) as ords, array_agg(id order by id) as ids,',
      tests: IN_APPEND,
    },
    {
      id: 'seq-gap',
      file: APPEND,
      find: 'last_seq = t.last_seq + cardinality(t.ids),',
      by: 'last_seq = t.last_seq + cardinality(t.ids) + 1,',
      tests: IN_APPEND,
    },
    {
      id: 'locks-by-order-of-batch',
      file: 'website/app/services/append_usual.ts',
      find: 'const roomIds = [...new Set(batch.map(({ roomId }) => roomId))].sort();',
      by: 'const roomIds = [...new Set(batch.map(({ roomId }) => roomId))];',
      tests: TOGETHER,
      survives: 'a deadlock is found by PostgreSQL and the batch is run again: only the time differs',
    },
    {
      id: 'usual-place',
      file: 'website/app/services/append_usual.ts',
      find: 'u.last_seqs[m.room] + m.place',
      by: 'u.last_seqs[m.room] + u.place',
      tests: IN_APPEND,
    },
    {
      id: 'announced-before-commit',
      file: 'website/app/services/rooms.ts',
      find: `await announce(tx, { kind: 'deleted', roomId: room.id });`,
      by: `await announce(db, { kind: 'deleted', roomId: room.id });`,
      tests: ['tests/promises/g6_revocation.test.ts', 'tests/promises/g6_delete_races.test.ts'],
    },
    {
      id: 'answered-before-delivery',
      file: 'chat/app/outbox.ts',
      find: '    this.#parts.stored(items, outcomes);\n',
      by: '    queueMicrotask(() => this.#parts.stored(items, outcomes));\n',
      tests: OUTBOX,
    },
    {
      id: 'old-events-again',
      file: SEQUENCE,
      find: 'if (event.seq < next) continue;',
      by: 'if (event.seq < next - 1) continue;',
    },
    { id: 'gap-delivered', file: SEQUENCE, find: 'if (event.seq > next) {', by: 'if (event.seq > next + 1) {' },
    { id: 'early-forgotten', file: SEQUENCE, find: 'this.#ahead.set(event.seq, event);\n', by: '' },
    {
      id: 'one-page-of-a-gap',
      file: SEQUENCE,
      find: 'more = page.hasMore;',
      by: 'more = false;',
      tests: ['chat/tests/sequence.test.ts', 'tests/promises/g4_g5_resume.test.ts'],
    },
    {
      id: 'replay-skips',
      file: 'chat/app/replay.ts',
      find: 'lastSeq: read[frames.length - 1]!.seq',
      by: 'lastSeq: read.at(-1)!.seq',
      tests: ['chat/tests/replay.test.ts'],
    },
    {
      id: 'replay-joins-early',
      file: 'chat/app/replay.ts',
      find: 'if (connection.cursor >= this.#room.lastSeq) return live();',
      by: 'if (connection.cursor >= this.#room.lastSeq - 1) return live();',
      tests: ['chat/tests/replay.test.ts'],
    },
    {
      id: 'joined-second',
      file: 'chat/app/room.ts',
      find: '    if (this.typing.said) connection.send(this.typing.said);\n',
      by: '',
      tests: ['chat/tests/presence.test.ts'],
      name: 'typing',
    },
    {
      id: 'room-in-two-batches',
      file: LANE,
      find: 'const free = this.#queue.filter(({ roomId }) => !this.#isUnderWay(roomId));',
      by: 'const free = [...this.#queue];',
      tests: OUTBOX,
    },
    {
      id: 'last-in-first-out',
      file: LANE,
      find: 'this.#queue.push(...items);',
      by: 'this.#queue.unshift(...items);',
      tests: OUTBOX,
    },
    {
      id: 'held-behind',
      file: 'chat/app/outbox.ts',
      find: 'solo.push([...held, ...from.take((item) => item.roomId === roomId)]);',
      by: 'solo.push([...from.take((item) => item.roomId === roomId), ...held]);',
      tests: OUTBOX,
    },
  ],
);
