// Mutants of permissions: who may do what, and whose pages may ask.
import { mutants } from '../mutant.ts';

const BANS = ['website/tests/moderation.bans.test.ts'];
const MODERATION = ['website/tests/moderation.accounts.test.ts'];
const CHANGES = ['website/tests/messages.changes.test.ts'];
const ADMISSION = ['chat/tests/admission.test.ts'];

export const PERMISSIONS = mutants(
  'permissions',
  ['website/tests/security.roles.test.ts'],
  [
    {
      id: 'anybody-deletes-rooms',
      file: 'website/app/services/rooms.ts',
      find: `if (room.owner_id !== user.id && !user.isAdmin) throw new Problem('not_room_owner');`,
      by: '',
    },
    {
      id: 'administrators-do-not',
      file: 'website/app/services/rooms.ts',
      find: 'room.owner_id !== user.id && !user.isAdmin',
      by: 'room.owner_id !== user.id',
    },
    {
      id: 'anybody-suspends',
      file: 'website/app/routers/moderation.ts',
      find: '      onlyAdministrators(request);\n      await suspendUser',
      by: '      await suspendUser',
    },
    {
      id: 'anybody-lifts',
      file: 'website/app/routers/moderation.ts',
      find: '      onlyAdministrators(request);\n      await unsuspendUser',
      by: '      await unsuspendUser',
    },
    {
      id: 'administrator-suspended',
      file: 'website/app/services/suspensions.ts',
      find: `if (user.is_admin) throw new Problem('protected_user', 'Administrators cannot be suspended.');`,
      by: '',
      tests: MODERATION,
    },
    {
      id: 'owner-banned',
      file: 'website/app/services/bans.ts',
      find: `if (user.id === room.owner_id) throw`,
      by: `if (user.id === room.owner_id && !by.isAdmin) throw`,
      tests: BANS,
    },
    {
      id: 'administrator-banned',
      file: 'website/app/services/bans.ts',
      find: `if (user.is_admin) throw new Problem('protected_user', 'Administrators cannot be banned.');`,
      by: '',
      tests: BANS,
    },
    {
      id: 'anybody-edits',
      file: 'website/app/services/message_changes.ts',
      find: `if (message.username !== target.user.username) throw new Problem('not_message_author');`,
      by: '',
      tests: CHANGES,
    },
    {
      id: 'owner-edits',
      file: 'website/app/services/message_changes.ts',
      find: 'if (message.username !== target.user.username) throw',
      by: 'if (message.username !== target.user.username && change.ownerId !== target.user.id) throw',
      tests: CHANGES,
    },
    {
      id: 'owner-does-not-delete',
      file: 'website/app/services/message_changes.ts',
      find: 'change.ownerId !== id && !isAdmin',
      by: '!isAdmin',
      tests: CHANGES,
    },
    {
      id: 'sessions-of-others',
      file: 'website/app/services/user_sessions.ts',
      find: `    .where('user_id', '=', userId)\n`,
      by: '',
      tests: ['website/tests/accounts.own_sessions.test.ts', 'website/tests/security.roles.test.ts'],
    },
    {
      id: 'any-origin-opens-sockets',
      file: 'chat/app/websocket/admit.ts',
      find: `origin === 'foreign' || (`,
      by: `(`,
      tests: ADMISSION,
    },
    {
      id: 'no-origin-with-subprotocol',
      file: 'chat/app/websocket/admit.ts',
      find: ` || (origin === 'none' && !handshake.byAuthorization)`,
      by: '',
      tests: ADMISSION,
    },
    {
      id: 'token-of-any-room',
      file: 'chat/app/websocket/admit.ts',
      find: `  if (!isItsRoom) throw new Problem('wrong_room');\n`,
      by: '',
      tests: ADMISSION,
    },
    {
      id: 'allowed-origin-with-cookie',
      file: 'website/app/origin.ts',
      find: 'return req.headers.cookie === undefined;',
      by: 'return true;',
      tests: ['website/tests/origins.test.ts'],
    },
    {
      id: 'cross-site-without-origin',
      file: 'website/app/origin.ts',
      find: `return site === undefined || site === 'same-origin';`,
      by: 'return true;',
      tests: ['website/tests/origins.test.ts'],
    },
    {
      id: 'email-of-others',
      file: 'website/app/services/users.ts',
      find: `  id,\n  username,\n  email,\n  ...(isAdmin`,
      by: `  id,\n  username,\n  email: email.toLowerCase(),\n  ...(isAdmin`,
      tests: ['website/tests/accounts.registration.test.ts', 'website/tests/accounts.sessions.test.ts'],
    },
    {
      id: 'uninvited',
      file: 'website/app/services/users.ts',
      find: 'if (invitedOnly) await useInvitation(tx, user.invitation, made.id);',
      by: '',
      tests: MODERATION,
    },
    {
      id: 'closed-is-open',
      file: 'website/app/routers/auth.ts',
      find: `if (registration === 'closed') throw`,
      by: `if (registration === 'closed' && body.invitation !== undefined) throw`,
      tests: MODERATION,
    },
    {
      id: 'common-passwords',
      file: 'website/app/services/accounts.ts',
      find: `  refuseCommonPassword({ ...user, password: newPassword }, '/body/newPassword');\n`,
      by: '',
      tests: ['website/tests/accounts.password.test.ts'],
    },
  ],
);
