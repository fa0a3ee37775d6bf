// Mutants of revocation: what an ended session, a ban, a deletion or a new password must end.
import { mutants } from '../mutant.ts';

const BANS = ['website/tests/moderation.bans.test.ts'];
const MODERATION = ['website/tests/moderation.accounts.test.ts'];
const CHANGES = ['website/tests/messages.changes.test.ts'];
const HANDSHAKE = ['chat/tests/handshake.test.ts'];
const PROMISES = ['tests/promises/g6_revocation.test.ts'];

export const REVOCATION = mutants('revocation', PROMISES, [
  {
    id: 'append-of-ended-session',
    file: 'website/app/services/append.ts',
    find: 'where handle = s.sid and ended_at is null and expires_at > now()\n      for share',
    by: 'where handle = s.sid and expires_at > now()\n      for share',
    tests: [
      'website/tests/internal.append_held.test.ts',
      'website/tests/internal.append_together.test.ts',
      ...PROMISES,
    ],
  },
  {
    id: 'usual-append-of-ended-session',
    file: 'website/app/services/append_usual.ts',
    find: 'where handle = s.sid and ended_at is null and',
    by: 'where handle = s.sid and',
    tests: [
      'website/tests/internal.append_together.test.ts',
      'website/tests/internal.append_usual.test.ts',
      ...PROMISES,
    ],
  },
  {
    id: 'append-of-banned',
    file: 'website/app/services/append_usual.ts',
    find: ' and (banned is null or not banned && $7::text[])',
    by: '',
    tests: ['tests/promises/g6_bans.test.ts'],
  },
  {
    id: 'change-of-banned',
    file: 'website/app/services/message_transaction.ts',
    find: `  if (room.banned?.includes(target.user.username)) throw new Problem('banned');\n`,
    by: '',
    tests: BANS,
  },
  {
    id: 'token-of-banned',
    file: 'website/app/services/room_tokens.ts',
    find: `  if (isBanned) throw new Problem('banned');\n`,
    by: '',
    tests: BANS,
  },
  {
    id: 'log-out-unannounced',
    file: 'website/app/session_rows.ts',
    find: `  await announce(tx, ...handles.map((sid) => ({ kind: 'ended' as const, sid })));\n`,
    by: '',
    tests: ['website/tests/internal.changes.test.ts', ...PROMISES],
  },
  {
    id: 'join-after-log-out',
    file: 'chat/app/websocket/admit.ts',
    find: `    if (revocations.has(pass.sid)) throw new Problem('invalid_token');\n`,
    by: '',
    tests: ['chat/tests/capacity.test.ts', ...PROMISES],
  },
  {
    id: 'join-after-ban',
    file: 'chat/app/websocket/admit.ts',
    find: `    if (revocations.hasBan(room.id, pass.username)) throw new Problem('banned');\n`,
    by: '',
    tests: ['tests/promises/g6_bans.test.ts'],
  },
  {
    id: 'deleted-room-lives',
    file: 'chat/app/rooms.ts',
    find: 'for (const roomId of gone) this.delete(roomId);',
    by: '',
    tests: ['tests/promises/g6_revocation.test.ts', 'tests/promises/g6_delete_races.test.ts'],
  },
  {
    id: 'password-keeps-sessions',
    file: 'website/app/services/accounts.ts',
    find: 'await revokeAccess(tx, user.id, sid);',
    by: '',
    tests: ['website/tests/accounts.password.test.ts'],
  },
  {
    id: 'reset-keeps-sessions',
    file: 'website/app/services/password_resets.ts',
    find: '    await revokeAccess(tx, user.id);\n',
    by: '',
    tests: ['website/tests/accounts.resets.test.ts'],
  },
  {
    id: 'reset-twice',
    file: 'website/app/services/password_resets.ts',
    find: 'if (used.numDeletedRows === 0n) throw usedUp();',
    by: '',
    tests: ['website/tests/accounts.resets.test.ts'],
  },
  {
    id: 'suspension-keeps-sessions',
    file: 'website/app/services/suspensions.ts',
    find: `    await endSessions(tx, (sessions) => sessions.where('user_id', '=', id));\n`,
    by: '',
    tests: MODERATION,
  },
  {
    id: 'own-session-ended-too',
    file: 'website/app/services/user_sessions.ts',
    find: `.where('handle', '!=', sid)`,
    by: '',
    tests: ['website/tests/accounts.own_sessions.test.ts'],
  },
  {
    id: 'bearer-beside-cookie',
    file: 'website/app/viewer.ts',
    find: 'request.headers.authorization === undefined ? request.session?.active : undefined',
    by: 'request.session?.active',
    tests: ['website/tests/accounts.sessions.test.ts'],
  },
  {
    id: 'deleted-text-kept',
    file: 'website/app/services/message_changes.ts',
    find: `const reactions = tx.deleteFrom('reactions')`,
    by: `const reactions = tx.deleteFrom('reactions').where('seq', '<', 0)`,
    tests: CHANGES,
  },
  {
    id: 'withdrawn-text-in-log',
    file: 'website/app/services/events.ts',
    find: `c.case().when('m.content_seq', 'is', null).then(c.ref('m.content')).end()`,
    by: `c.ref('m.content')`,
    tests: ['website/tests/messages.events.test.ts', 'tests/promises/g4_withdrawn_text.test.ts'],
  },
  {
    id: 'handshake-two-tokens',
    file: 'chat/app/websocket/handshake.ts',
    find: 'bearers.length > 1 || (bearers.length > 0 && authorization !== undefined)',
    by: 'bearers.length > 1',
    tests: HANDSHAKE,
  },
]);
