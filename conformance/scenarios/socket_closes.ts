// Every close code of the table, provoked if possible.
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Kit } from '../kit.ts';
import { type Row, same } from '../row.ts';
import type { Wire } from '../wire.ts';
import { fullHouse } from './full_house.ts';
import { silence } from './silence.ts';

/** Makes the server close an open socket; returns the close code if it is that of another socket. */
type Provoke = (wire: Wire, kit: Kit) => unknown;

/** Writes bytes that no WebSocket library sends, bypassing the one in use. */
const raw = (wire: Wire, ...bytes: number[]) =>
  (wire.ws as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.from(bytes));

const CLOSES: Record<keyof typeof CLOSE_CODES, Provoke | string> = {
  1000: (wire) => wire.close(1000),
  1001: (wire) => wire.ws.close(1001),
  1002: (wire) => raw(wire, 0x83, 0x80, 0, 0, 0, 0), // a reserved opcode
  1003: (wire) => wire.send(Buffer.from('{"type":"typing.start"}')),
  1007: (wire) => wire.ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }),
  1009: (wire) => wire.send(' '.repeat(LIMITS.bodyMax + 1)),
  1011: 'only a fault inside the server provokes it',
  1012: 'only a restart of the server provokes it',
  1013: 'only a fault inside the server provokes it',
  4000: 'the rate of messages is too low to fill the buffers within a run',
  4001: async (_wire, kit) => (await silence(kit)).closeCode,
  4002: (wire) => {
    for (let frame = 0; frame <= LIMITS.framesPer10s; frame++) wire.send({ type: 'typing.start' });
  },
  4003: async (_wire, kit) => (await fullHouse(kit)).closeCode,
  4500: (wire) => {
    for (let frame = 0; frame <= LIMITS.offSpecPerMinute; frame++) wire.send({ type: 'no.such' });
  },
  4501: async (_wire, kit) => {
    const as = await kit.session();
    const own = await kit.join(as, (await kit.room()).name);
    await kit.call('logOut', { as });
    return own.closed();
  },
  4502: async (_wire, kit) => {
    const room = await kit.room();
    const own = await kit.join(kit.cast.cid, room.name);
    await kit.call('deleteRoom', { as: kit.cast.ann, room: room.name });
    return own.closed();
  },
  4503: async (_wire, kit) => {
    const { ann, cid } = kit.cast;
    const room = await kit.room();
    const own = await kit.join(cid, room.name);
    await kit.call('banUser', { as: ann, room: room.name, username: cid.username });
    return own.closed();
  },
};

export const socketCloses: Row[] = Object.entries(CLOSE_CODES).map(([text, { name, meaning }]): Row => {
  const code = Number(text) as keyof typeof CLOSE_CODES;
  const base = { id: `socket.close.${code}`, group: 'socket' as const, says: `${code} ${name}: ${meaning}` };
  const provoke = CLOSES[code];
  if (typeof provoke === 'string') return { ...base, skip: provoke };
  return {
    ...base,
    ...(code === 4001 ? { waits: LIMITS.pingSeconds + LIMITS.pongSeconds + 2 } : {}),
    run: async (kit) => {
      const wire = await kit.join(kit.cast.bob, (await kit.room()).name);
      const elsewhere = await provoke(wire, kit);
      same(typeof elsewhere === 'number' ? elsewhere : await wire.closed(), code, 'the close code');
      wire.cut();
    },
  };
});
