// Moderation over HTTP: bans from rooms and suspended accounts. Never applies a domain rule; the services do.
import { Problem } from '@parlance/service/problem.ts';
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Request } from 'express';
import type { Databases } from '../database.ts';
import type { Handlers } from '../operations.ts';
import { banUser, listBans, unbanUser } from '../services/bans.ts';
import { suspendUser, unsuspendUser } from '../services/suspensions.ts';
import { viewerOf } from '../viewer.ts';

type ModerationOperations = Pick<operations, 'listBans' | 'banUser' | 'unbanUser' | 'suspendUser' | 'unsuspendUser'>;

export function moderation(dbs: Databases): Handlers<ModerationOperations> {
  return {
    listBans: async ({ request, path, query: { limit = LIMITS.pageDefault, cursor } }) => ({
      status: 200,
      body: await listBans(dbs.general, path.roomName, viewerOf(request).user, { limit, cursor }),
    }),

    banUser: async ({ request, path }) => {
      await banUser(dbs, { ...path, by: viewerOf(request).user });
      return { status: 204 };
    },

    unbanUser: async ({ request, path }) => {
      await unbanUser(dbs, { ...path, by: viewerOf(request).user });
      return { status: 204 };
    },

    suspendUser: async ({ request, path }) => {
      onlyAdministrators(request);
      await suspendUser(dbs.general, path.username);
      return { status: 204 };
    },

    unsuspendUser: async ({ request, path }) => {
      onlyAdministrators(request);
      await unsuspendUser(dbs.general, path.username);
      return { status: 204 };
    },
  };
}

/** Throws not_administrator. */
function onlyAdministrators(request: Request): void {
  if (!viewerOf(request).user.isAdmin) throw new Problem('not_administrator');
}
