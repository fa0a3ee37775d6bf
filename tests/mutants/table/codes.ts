// Mutants of codes: another problem, error or close code, another retry, a repeat that is taken for new.
import { mutants } from '../mutant.ts';

const MODERATION = ['website/tests/moderation.accounts.test.ts'];
const CHANGES = ['website/tests/messages.changes.test.ts'];
const PROMISES = ['tests/promises/g6_revocation.test.ts'];
const SENDING = ['website/tests/messages.sending.test.ts'];

export const CODES = mutants('codes', SENDING, [
  {
    id: 'room-gone-for-unknown',
    file: 'website/app/services/messages.ts',
    find: `if (!message) throw new Problem('message_not_found');`,
    by: `if (!message) throw new Problem('room_not_found');`,
    tests: CHANGES,
  },
  {
    id: 'conflict-as-repeat',
    file: 'website/app/services/append.ts',
    find: 'input.username === stored.username && (',
    by: '(',
  },
  {
    id: 'repeat-as-new',
    file: 'website/app/services/messages.ts',
    find: 'return { stored: false, message };',
    by: 'return { stored: true, message };',
  },
  {
    id: 'other-room-stored',
    file: 'website/app/services/messages.ts',
    find: `if (roomId !== undefined && roomId !== room.id) throw new Problem('other_room');`,
    by: '',
    tests: CHANGES,
  },
  {
    id: 'stale-as-deleted',
    file: 'website/app/services/message_changes.ts',
    find: `throw new Problem('stale_revision')`,
    by: `throw new Problem('message_deleted')`,
    tests: CHANGES,
  },
  {
    id: 'stale-accepted',
    file: 'website/app/services/message_changes.ts',
    find: `ifMatch !== '*' && strong(ifMatch)`,
    by: `ifMatch !== '*' && ifMatch.startsWith('W/') && strong(ifMatch)`,
    tests: CHANGES,
  },
  {
    id: 'username-as-email',
    file: 'website/app/services/users.ts',
    find: `? 'email_taken' : 'username_taken'`,
    by: `? 'username_taken' : 'email_taken'`,
    tests: ['website/tests/accounts.registration.test.ts'],
  },
  {
    id: 'suspended-told-first',
    file: 'website/app/services/users.ts',
    find: `  if (row?.email == null || stored === undefined || !fits) throw new Problem('invalid_credentials');\n  if (row.suspended_at) throw new Problem('suspended');`,
    by: `  if (row?.suspended_at) throw new Problem('suspended');\n  if (row?.email == null || stored === undefined || !fits) throw new Problem('invalid_credentials');`,
    tests: MODERATION,
  },
  {
    id: 'ban-close-code',
    file: 'chat/app/room.ts',
    find: 'connection.close(4503)',
    by: 'connection.close(4502)',
    tests: ['tests/promises/g6_bans.test.ts'],
  },
  {
    id: 'session-close-code',
    file: 'chat/app/revocations.ts',
    find: 'connection.close(4501)',
    by: 'connection.close(4503)',
    tests: PROMISES,
  },
  {
    id: 'restart-close-code',
    file: 'chat/app/main.ts',
    find: 'for (const connection of connections.all()) connection.close(1012);\n      for',
    by: 'for (const connection of connections.all()) connection.close(1013);\n      for',
    tests: ['tests/promises/restarts.test.ts'],
  },
  {
    id: 'capacity-close-code',
    file: 'chat/app/websocket/router.ts',
    find: `'closeCode' in row ? `,
    by: `'closeCode' in row && row.closeCode !== 1013 ? `,
    tests: ['chat/tests/capacity.test.ts'],
  },
  {
    id: 'slow-close-code',
    file: 'chat/app/websocket/connection.ts',
    find: 'this.close(4000)',
    by: 'this.close(4001)',
    tests: ['chat/tests/connection.test.ts'],
  },
  {
    id: 'fragments-close-code',
    file: 'chat/app/websocket/handlers.ts',
    find: 'code === 1008 && reason === undefined ? 1009 : code',
    by: 'code',
    tests: ['chat/tests/closing.test.ts'],
    name: '1009',
  },
  {
    id: 'stored-no',
    file: 'specs/problems.yaml',
    find: `  retry: same-id\n  stored: 'unknown'\n`,
    by: `  retry: same-id\n  stored: 'no'\n`,
    nth: 4,
    tests: ['breaking changes', 'tests/docs/advice.test.ts'],
  },
  {
    id: 'banned-is-later',
    file: 'specs/problems.yaml',
    find: `  title: The user is banned from this room\n  retry: never`,
    by: `  title: The user is banned from this room\n  retry: later`,
    tests: ['tests/docs/advice.test.ts', 'specs/client/tests/send_queue.test.ts'],
  },
  {
    id: 'close-4500-reconnects',
    file: 'specs/close-codes.yaml',
    find: '4500: { name: too_many_off_spec_frames, meaning: ',
    by: '4500: { name: too_many_off_spec_frame, meaning: ',
    tests: ['types', 'breaking changes'],
  },
]);
