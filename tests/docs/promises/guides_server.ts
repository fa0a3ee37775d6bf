// The promises in the guides about the server: accounts, limits, the log and codes, each with the test that keeps it.
import type { Promises } from './promise.ts';

const QUEUE = 'specs/client/tests/send_queue.test.ts';
const EVENTS = 'specs/client/tests/room_socket_events.test.ts';
const FOLD = 'specs/client/tests/fold.test.ts';
const CHANGES = 'website/tests/messages.changes.test.ts';
const PASSWORD = 'website/tests/accounts.password.test.ts';
const DELETION = 'website/tests/accounts.deletion.test.ts';
const RESETS = 'website/tests/accounts.resets.test.ts';
const OWN_SESSIONS = 'website/tests/accounts.own_sessions.test.ts';
const ATTEMPTS = 'website/tests/log_in_attempts.test.ts';
const ADDRESSES = 'service/tests/address_limits.test.ts';
const HTTP_LIMITS = 'tests/limits/http.test.ts';
const BANS = 'website/tests/moderation.bans.test.ts';

export const OF_OTHER_GUIDES: Promises = {
  Sessions: [
    ['newest first', OWN_SESSIONS, 'every active session, newest first'],
    ['and the next login ends the oldest one', OWN_SESSIONS, 'ends the oldest session'],
    [
      'its access token and room tokens stop working',
      'website/tests/accounts.sessions.test.ts',
      'with its room tokens',
    ],
  ],
  'Change the password': [
    ['and ends every other session', PASSWORD, 'keeps this session and ends all others'],
    ['with the old password succeeds, even if it began earlier', PASSWORD, 'starts no session after the change'],
  ],
  'Reset a forgotten password': [
    ['whether the account exists or not', RESETS, 'reveals whether an account exists'],
    ['It ends every session and does not start one', RESETS, 'sets a new password once, and every session ends'],
    ['A token works once', RESETS, 'of several concurrent uses of a link, one succeeds'],
    ['and the deletion of the account invalidate it', RESETS, 'void every link'],
  ],
  'Delete an account': [
    ['The address can be registered again', DELETION, 'can be registered again'],
    ['The username stays taken', DELETION, 'username, rooms and messages stay'],
    ['the newest of each room first', DELETION, 'an interrupted erasure resumes where it stopped'],
    ['continues after a restart', DELETION, 'an interrupted erasure resumes where it stopped'],
  ],
  'Bans and suspensions': [
    ['are refused with 403 banned', BANS, 'a banned user can store nothing and gets no token'],
    ['The user can still read the history', 'website/tests/security.roles.test.ts', 'each role gets the answer'],
    [
      'only administrators moderate the room',
      'website/tests/moderation.accounts.test.ts',
      'an administrator deletes any message',
    ],
  ],
  'Wrong passwords': [
    [
      'counts until its password is verified as correct',
      ATTEMPTS,
      'right passwords and attempts that were not verified',
    ],
    ['remains after logOut', ATTEMPTS, 'also after a logout'],
    ['never lock a user out in another network', ATTEMPTS, 'the owner can log in from another network at once'],
    ['and so on, down to one', ATTEMPTS, 'the fewer each may enter'],
    ['An unknown email address counts like a known one', ATTEMPTS, 'an unknown email is counted'],
  ],
  'Rate limit per user': [
    ['before the body is read', 'website/tests/limits.test.ts', 'refused before the body is parsed'],
  ],
  'Cross-origin requests': [
    ['only with a bearer token', 'website/tests/origins.test.ts', 'Vary: Origin, from every origin'],
  ],
  'Rate limit per address': [
    ['before it reads them', ADDRESSES, 'burst'],
    ['queued and not refused', ADDRESSES, 'wait'],
  ],
  'The cursor': [
    [
      'advances your cursor, even if you do not know its type',
      EVENTS,
      'an event of an unknown type advances the cursor',
    ],
  ],
  'Edit a message': [
    ['Only the author can edit', CHANGES, 'only the author can edit'],
    ['with 412 stale_revision and changes nothing', CHANGES, 'an edit with a stale revision is refused'],
  ],
  'Delete a message': [
    ['The author, the owner of the room and administrators', CHANGES, 'only the author and the room owner can delete'],
    ['reduced by one', 'website/tests/messages.events.test.ts', 'messageCount its messages that are not deleted'],
  ],
  'React to a message': [
    ['no other user is added to the list', FOLD, 'a removed name is not replaced'],
    ['Any number of users can use each emoji', 'tests/limits/reactions.test.ts', 'the users that a reaction names'],
  ],
  'Retry safely': [
    [
      'A repeat stores no second event',
      'specs/client/tests/fold_live.test.ts',
      'a refused or repeated change stores no event',
    ],
    ['compares only the id and the author', CHANGES, 'recognised by id and author'],
    ['Repeats count too', HTTP_LIMITS, 'count as messages'],
  ],
  Opening: [
    [
      'exactly one of the two headers',
      'chat/tests/handshake.test.ts',
      'the token must be in exactly one of two headers',
    ],
    [
      'Never put the token into the URL',
      'chat/tests/handshake.test.ts',
      'the token must be in exactly one of two headers',
    ],
  ],
  'Problem codes': [
    ['Treat an unknown HTTP code by its HTTP status', 'specs/client/tests/problem.test.ts', 'status'],
    ['Treat an unknown socket code as later', QUEUE, 'a code of a newer server rejects'],
    ['send the same request again after a longer wait', QUEUE, 'each error code of the contract leads to a resend'],
    ['never: the same request would be refused again', QUEUE, 'each error code of the contract'],
  ],
};
