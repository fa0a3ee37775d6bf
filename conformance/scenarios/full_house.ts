// One user with as many sockets as the limit allows, and the answer to one more, from a program and from a browser.
import { LIMITS } from '@parlance/specs/limits.ts';
import { HANDSHAKE } from '../contract.ts';
import type { Answer } from '../http.ts';
import type { Kit } from '../kit.ts';
import { Skip } from '../row.ts';
import type { Wire } from '../wire.ts';
import { upgrade } from './door.ts';

/** Runs once per run, with dan, who has no other sockets; closes them all. @throws Skip if the server allows more. */
export const fullHouse = (kit: Kit): Promise<{ opened: number; refused: Answer; closeCode: number; freed: boolean }> =>
  kit.shared('a full house', async () => {
    const { dan } = kit.cast;
    const room = await kit.room();
    const { token } = await kit.roomToken(dan, room.name);
    const wires: Wire[] = [];
    for (let open = 0; open < LIMITS.socketsPerUser; open++) wires.push(await kit.join(dan, room.name, { token }));
    try {
      const path = HANDSHAKE.path.replace('{roomName}', encodeURIComponent(room.name));
      const headers = { authorization: `Bearer ${token}` };
      const refused = await kit.knock(path, upgrade(headers));
      if (refused.status === 101) throw new Skip('this server has a setting that allows more sockets than the default');
      const browser = await kit.dial({
        url: kit.socketUrl(room.name),
        protocols: ['chat.v1', `bearer.${token}`],
        headers: { origin: kit.url.origin },
      });
      const closeCode = await browser.closed();
      await wires.pop()?.close();
      const again = await kit.join(dan, room.name, { token }).catch(() => undefined);
      again?.cut();
      return { opened: LIMITS.socketsPerUser, refused, closeCode, freed: again !== undefined };
    } finally {
      for (const wire of wires) wire.cut();
    }
  });
