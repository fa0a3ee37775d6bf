// The operations on bans and suspensions, as methods of the client. Holds no state.
import type { operations } from '../generated/http.ts';
import type { CallOptions } from './client.ts';
import { answer, type Http } from './http.ts';
import type { BanList } from './schemas.ts';

export interface Moderation {
  /** For the owner of the room and administrators, as are banUser and unbanUser. */
  listBans(
    roomName: string,
    query?: NonNullable<operations['listBans']['parameters']['query']>,
    options?: CallOptions,
  ): Promise<BanList>;
  /** Rejects with `protected_user` for the owner and administrators. */
  banUser(roomName: string, username: string, options?: CallOptions): Promise<void>;
  unbanUser(roomName: string, username: string, options?: CallOptions): Promise<void>;
  /** For administrators, as is unsuspendUser. */
  suspendUser(username: string, options?: CallOptions): Promise<void>;
  unsuspendUser(username: string, options?: CallOptions): Promise<void>;
}

export function moderation(http: Http): Moderation {
  const ban = '/api/rooms/{roomName}/bans/{username}';
  const suspension = '/api/users/{username}/suspension';
  const call = (options?: CallOptions) => ({ signal: options?.signal ?? null });
  const banned = (roomName: string, username: string) => ({ params: { path: { roomName, username } } });
  const user = (username: string) => ({ params: { path: { username } } });
  return {
    listBans: (roomName, query = {}, options) =>
      answer(http.GET('/api/rooms/{roomName}/bans', { params: { path: { roomName }, query }, ...call(options) })),
    banUser: (name, username, options) => answer<void>(http.PUT(ban, { ...banned(name, username), ...call(options) })),
    unbanUser: (name, username, options) =>
      answer<void>(http.DELETE(ban, { ...banned(name, username), ...call(options) })),
    suspendUser: (username, options) => answer<void>(http.PUT(suspension, { ...user(username), ...call(options) })),
    unsuspendUser: (username, options) =>
      answer<void>(http.DELETE(suspension, { ...user(username), ...call(options) })),
  };
}
