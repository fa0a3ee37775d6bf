// The users in the room, as far as the server names them: the count is exact, the names may be incomplete.
import type { PresenceChanged, RoomJoined } from '../generated/frames.ts';

export class Members {
  readonly named = new Set<string>();
  count = 0;

  reset({ members, memberCount }: RoomJoined): void {
    this.named.clear();
    this.change({ joined: members, left: [], memberCount });
  }

  change({ joined, left, memberCount }: Omit<PresenceChanged, 'type'>): void {
    for (const name of joined) this.named.add(name);
    for (const name of left) this.named.delete(name);
    this.count = memberCount;
  }
}
