// Rooms and history over HTTP, beyond single answers: search, names in any case and normal form, pages.
import type { Json } from '../http.ts';
import type { Kit } from '../kit.ts';
import { change, placeOf } from '../room_log.ts';
import { expect, expectStatus, type Row, same } from '../row.ts';

async function found(kit: Kit, query: string): Promise<string[]> {
  const answer = await kit.call('listRooms', {
    as: kit.cast.bob,
    query: `?limit=100&query=${encodeURIComponent(query)}`,
  });
  expectStatus(answer, 200);
  return answer.body.rooms.map(({ name }: Json) => name);
}

export const httpRooms: Row[] = [
  {
    id: 'http.rooms.search',
    group: 'HTTP',
    says: 'listRooms finds part of a name in any case and script.',
    run: async (kit) => {
      const tag = crypto.randomUUID().slice(0, 8);
      const room = await kit.room(kit.cast.ann, `Größe Ωmega Чай ${tag}`);
      for (const part of [`größe ωMEGA чАЙ ${tag}`, `ССЫЛКА ${tag}`, `ЧАЙ ${tag}`, `MEGA Чай ${tag}`]) {
        const expected = part.startsWith('ССЫЛКА') ? [] : [room.name];
        same(await found(kit, part), expected, `rooms for ${part}`);
      }
    },
  },
  {
    id: 'http.rooms.literal',
    group: 'HTTP',
    says: '"%", "_" and "\\" in a query are matched literally.',
    run: async (kit) => {
      const tag = crypto.randomUUID().slice(0, 8);
      const room = await kit.room(kit.cast.ann, `${tag}_x`);
      await kit.room(kit.cast.ann, `${tag}ax`);
      same(await found(kit, `${tag}_`), [room.name], `rooms for ${tag}_`);
      for (const query of [`${tag}%`, `${tag}\\_`, `%${tag}`]) same(await found(kit, query), [], `rooms for ${query}`);
    },
  },
  {
    id: 'http.rooms.pages',
    group: 'HTTP',
    says: 'Pages of rooms, followed by nextCursor, list each room once, ascending regardless of case.',
    run: async (kit) => {
      const tag = crypto.randomUUID().slice(0, 8);
      const names = ['b', 'A', 'd', 'C', 'e'].map((end) => `${tag} ${end}`);
      await Promise.all(names.map((name) => kit.room(kit.cast.ann, name)));
      const seen: string[] = [];
      let cursor = '';
      for (let pages = 0; pages < 5; pages++) {
        const { body } = await kit.call('listRooms', { as: kit.cast.ann, query: `?query=${tag}&limit=2${cursor}` });
        expect(body.rooms?.length <= 2, 'at most 2 rooms', body);
        seen.push(...body.rooms.map(({ name }: Json) => name));
        if (body.nextCursor === undefined) break;
        cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
      }
      same(
        seen,
        ['A', 'b', 'C', 'd', 'e'].map((end) => `${tag} ${end}`),
        'all pages together',
      );
    },
  },
  {
    id: 'http.rooms.names',
    group: 'HTTP',
    says: 'A room is found in any case and normal form, and returned as created.',
    run: async (kit) => {
      const as = kit.cast.ann;
      const tag = crypto.randomUUID().slice(0, 8);
      const room = await kit.room(as, `Caf\u0065\u0301 ${tag}`);
      same(room.name, `Caf\u00e9 ${tag}`, 'the name in NFC');
      for (const name of [`CAF\u00c9 ${tag}`, `cafe\u0301 ${tag}`]) {
        const answer = await kit.call('getRoom', { as, room: name });
        same(answer.body, room, `the room by the name ${name}`);
        expectStatus(await kit.call('createRoom', { as, body: { name } }), 409);
      }
      const wire = await kit.join(as, `CAFE\u0301 ${tag}`);
      same([wire.joined.roomId, wire.joined.room], [room.id, room.name], 'the room of the socket');
      wire.cut();
    },
  },
  {
    id: 'http.history.pages',
    group: 'HTTP',
    says: 'Pages of history are ascending and next to their bound, and hasMore is about the requested direction.',
    run: async (kit) => {
      const as = kit.cast.bob;
      const room = await kit.room();
      for (let seq = 1; seq <= 5; seq++) {
        await kit.call('sendMessage', { as, room: room.name, body: { id: crypto.randomUUID(), content: `${seq}` } });
      }
      const page = async (query: string) => {
        const { body } = await kit.call('listMessages', { as, room: room.name, query });
        return [body.messages?.map(({ seq }: Json) => seq), body.hasMore];
      };
      same(await page('?limit=2'), [[4, 5], true], 'the newest two');
      same(await page('?before=4&limit=2'), [[2, 3], true], 'two before 4');
      same(await page('?before=3&limit=2'), [[1, 2], false], 'two before 3');
      same(await page('?before=1'), [[], false], 'those before 1');
      same(await page('?after=1&limit=2'), [[2, 3], true], 'two after 1');
      same(await page('?after=3'), [[4, 5], false], 'those after 3');
      same(await page('?after=0&limit=5'), [[1, 2, 3, 4, 5], false], 'five after 0');
      same(await page('?after=5'), [[], false], 'those after 5');
    },
  },
  {
    id: 'http.events.pages',
    group: 'HTTP',
    says: 'Pages of the log are ascending and next to their bound, and hasMore says whether more events follow.',
    run: async (kit) => {
      const place = await placeOf(kit);
      for (const emoji of ['👍', '👎', '🎉', '👀']) await change(kit, 'addReaction', kit.cast.bob, place, { emoji });
      const page = async (query: string) => {
        const { body } = await kit.call('listEvents', { as: kit.cast.bob, room: place.room.name, query });
        return [body.events?.map(({ seq }: Json) => seq), body.hasMore];
      };
      same(await page('?limit=2'), [[1, 2], true], 'the first two');
      same(await page('?after=2&limit=2'), [[3, 4], true], 'two after 2');
      same(await page('?after=3&limit=2'), [[4, 5], false], 'two after 3');
      same(await page('?after=0&limit=5'), [[1, 2, 3, 4, 5], false], 'five after 0');
      same(await page('?after=5'), [[], false], 'those after 5');
    },
  },
];
