// Successful answers of the operations on bans, keyed by operation and status. A run has no administrator.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { expectStatus, same } from '../row.ts';
import type { Attempt } from './http_answers.ts';

/** Bans cid from a room of ann's, or lifts the ban. */
async function change(kit: Kit, id: 'banUser' | 'unbanUser', room: Json): Promise<void> {
  const { ann, cid } = kit.cast;
  expectStatus(await kit.call(id, { as: ann, room: room.name, username: cid.username }), 204);
}

export const moderationAnswers = {
  'banUser.204': async (kit) => {
    const { ann, cid } = kit.cast;
    const room = await kit.room(ann);
    const [own, other] = [await kit.join(cid, room.name), await kit.join(kit.cast.bob, room.name)];
    for (let times = 0; times < 2; times++) await change(kit, 'banUser', room);
    same(await own.closed(), 4503, 'the close code of the sockets of the user');
    await other.post('still here');
    const { body } = await kit.call('listBans', { as: ann, room: room.name });
    same(
      body.bans?.map(({ username, bannedBy }: Json) => [username, bannedBy]),
      [[cid.username, ann.username]],
      'the bans',
    );
    other.cut();
  },

  'unbanUser.204': async (kit) => {
    const room = await kit.room();
    for (const id of ['unbanUser', 'banUser', 'unbanUser'] as const) await change(kit, id, room);
    // The chat service learns of the change within a second.
    await sleep(1_000);
    const wire = await kit.join(kit.cast.cid, room.name);
    await wire.post('back again');
    wire.cut();
  },

  'listBans.200': async (kit) => {
    const room = await kit.room();
    const { ann, bob, cid } = kit.cast;
    for (const { username } of [bob, cid]) await kit.call('banUser', { as: ann, room: room.name, username });
    const names: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const query = `?limit=1${cursor && `&cursor=${cursor}`}`;
      const { body } = await kit.call('listBans', { as: ann, room: room.name, query });
      names.push(...body.bans.map(({ username }: Json) => username));
      cursor = body.nextCursor;
    }
    same(names, [bob.username, cid.username].sort(), 'all pages together');
  },
} satisfies Readonly<Record<string, Attempt>>;
