// Rooms in which every request must be refused: records their state, and compares it at the end of the run.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './http.ts';
import type { Kit } from './kit.ts';
import { type RoomState, roomState } from './room_log.ts';
import { show } from './row.ts';

export class Guard {
  readonly #rooms: { what: string; room: Json; before: RoomState }[] = [];

  /** Records the room: nothing may change in it from now on. */
  async watch(kit: Kit, room: Json, what: string): Promise<void> {
    this.#rooms.push({ what, room, before: await roomState(kit, room) });
  }

  /** Files for each room whether it changed. */
  async testify(kit: Kit): Promise<void> {
    for (const { what, room, before } of this.#rooms) {
      const after = await roomState(kit, room);
      const fault = isDeepStrictEqual(after, before) ? undefined : `where ${what} was refused: ${show(after)}`;
      kit.witness.file('refusals.unchanged', fault);
    }
  }
}
