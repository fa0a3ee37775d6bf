// The promises and the advice in the guides, by subject, each with the test that keeps it. Advice is kept by the client,
// which follows it.
import type { Promises } from './promise.ts';

const G123 = 'tests/promises/g1_g2_g3_messages.test.ts';
const RESUME = 'tests/promises/g4_g5_resume.test.ts';
const WITHDRAWN = 'tests/promises/g4_withdrawn_text.test.ts';
const G6 = 'tests/promises/g6_revocation.test.ts';
const G7 = 'tests/promises/g7_nobody_slows_the_others.test.ts';
const OFF_SPEC = 'website/tests/off_spec.test.ts';
const QUEUE = 'specs/client/tests/send_queue.test.ts';
const ROOM = 'specs/client/tests/room_socket.test.ts';
const EVENTS = 'specs/client/tests/room_socket_events.test.ts';
const CURSOR = 'specs/client/tests/cursor.test.ts';
const ENDING = 'specs/client/tests/ending.test.ts';
const TIMING = 'specs/client/tests/timing.test.ts';
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

const START: Promises = {
  'G1 – Acknowledged means stored': [
    ['after the database has committed it', G123, 'sees a message before the database has committed it'],
    ['survives a power failure', 'website/tests/internal.append_plan.test.ts', 'commit'],
  ],
  'G2 – Every change happens once': [
    ['there is still one message, and the answer is that message', G123, 'is stored once'],
    ['from another user is refused with id_conflict', G123, 'another author or content is a conflict'],
    ['unless the message has been edited or deleted', CHANGES, 'a repeated send is recognised by id and author'],
    ['change nothing and get the same response', CHANGES, 'repeats change nothing'],
  ],
  'G3 – One order': [
    ['use this order, for every client', G123, 'produce one order without a gap, the same for every socket'],
  ],
  'G4 – Resume after any time': [
    ['you receive every later event, in order, once', RESUME, 'gets every later message once and in order'],
    ['If that is impossible, room.joined has resumed: false', RESUME, 'does not resume'],
    ['An event never changes, except that its text can be withdrawn', WITHDRAWN, 'receives every edit and deletion'],
  ],
  'G5 – History equals the stream': [
    ['returns the same objects', 'tests/promises/g5_laws.test.ts', 'every client has the state of the log'],
  ],
  'G6 – Revocation takes effect': [['Nothing more is stored for any of them', G6, 'is refused inside the transaction']],
  'G7 – Slow clients do not affect other clients': [
    ['Other clients do not wait for it', G7, 'are closed with 4000 while the others lose nothing'],
  ],
  'G8 – An invalid message does not affect other messages': [
    ['Each message gets its own answer', 'tests/promises/g8_answers_apart.test.ts', 'own answer'],
  ],
  'G9 – The contract is enforced': [
    ['with a code, and changes nothing', OFF_SPEC, 'are refused as it says and change nothing'],
    [
      'It sends only what the contract describes',
      'website/tests/problems.faults.test.ts',
      'would violate the contract',
    ],
  ],
};

const CLIENT: Promises = {
  'Send messages reliably': [
    ['Keep the message until it is answered', QUEUE, 'messages wait for the room to open'],
    ['with your id and your username, and with your text or with supersededBy', QUEUE, 'does not acknowledge'],
    ['does not say whether an earlier attempt was stored', QUEUE, 'stored is unknown if it was sent'],
    [
      'same-id: send the same message with the same id after retryAfterMs',
      QUEUE,
      'before the time that the server named',
    ],
    ['where n counts the refusals', TIMING, 'a refusal without a time waits with the backoff'],
    ['Answers can arrive in any order', 'tests/promises/g8_answers_apart.test.ts', 'own answer'],
    ['in order and with the same ids', QUEUE, 'only the unanswered messages are sent, in order and with the same ids'],
    ['it is another room: give these messages up', ROOM, 'no old message is sent to it'],
  ],
  'Stay within the rate limits': [
    [
      'The next one is refused with outbox_full',
      'chat/tests/closing.test.ts',
      'a socket may have unansweredMax messages',
    ],
    ['are counted separately', 'website/tests/limits.test.ts', 'limited over all rooms together'],
    ['edits, deletions and reactions count as messages over HTTP', HTTP_LIMITS, 'count as messages'],
    ['Every frame, refused or not, counts', 'chat/tests/windows.test.ts', 'frames are forgotten after 10 s'],
    ['refused with rate_limited do not count', 'service/tests/sliding_window.test.ts', 'not counted'],
    ['after which one more message is accepted', QUEUE, 'before the time that the server named'],
    ['Then send one message at a time', TIMING, 'one message is under way, then two'],
  ],
  Resume: [
    [
      'Every frame with a seq is an event and advances the cursor, even if you do not know its type. After',
      EVENTS,
      'an event of an unknown type advances the cursor',
    ],
    ['set the cursor to the lastSeq of room.joined', CURSOR, 'the stream starts after lastSeq'],
    ['You missed nothing', RESUME, 'gets every later message once and in order'],
    ['ahead of the log. Discard your state', CURSOR, 'a resume that is not possible is a gap'],
    ['can be slightly below the newest event', RESUME, 'ahead of this replica but not of the log'],
    ['never move the cursor back', EVENTS, 'never as an event'],
    ['you can receive a message twice', EVENTS, 'the answer to a repeat resolves its promise'],
  ],
  Reconnect: [
    ['1000: you closed the socket. Do nothing.', ENDING, 'each close code of the contract has the action of its table'],
    ['your program is wrong. Correct it.', ENDING, 'each close code of the contract'],
    ['4500 to 4999: stop.', ENDING, 'unknown codes reconnect, except those of the range that stops'],
    ['including 1006 (connection lost): reconnect', ENDING, 'a lost connection and unknown codes reconnect'],
    ['Wait a random time between 0 and', 'specs/client/tests/backoff.test.ts', 'backoff|spread|range'],
    [
      'n counts the failures in a row',
      'specs/client/tests/room_socket_backoff.test.ts',
      'each failed upgrade doubles the wait',
    ],
    ['If a refusal has Retry-After, add that many seconds', ENDING, 'a token request waits for Retry-After'],
    [
      'You can reuse the last one while it has some seconds to live',
      TIMING,
      'a token is used again until 10 s before its end',
    ],
    ['after the second failed upgrade', TIMING, 'a new token is requested after the second failed upgrade'],
    ['404: the room does not exist. Stop.', ENDING, 'a token request refused for good stops'],
    ['Your pings count as frames', 'chat/tests/closing.test.ts', 'pings included'],
  ],
  'Log in again': [
    [
      'Use does not extend it',
      'website/tests/accounts.sessions.test.ts',
      'neither writes its session nor sets a cookie again',
    ],
    ['they are valid in the new session', ROOM, 'a cursor of 0 delivers the whole log'],
    ['is refused with 401 or 403, stop', ENDING, 'refused for good stops'],
  ],
  'Stay compatible with later versions': [
    ['except that a seq in them advances the cursor', EVENTS, 'advances the cursor and is emitted'],
    ['comes with a new version and an entry', 'specs/tooling/tests/release.test.ts', 'changelog'],
  ],
  Privacy: [
    ['can read every room from its beginning', 'website/tests/security.roles.test.ts', 'each role gets the answer'],
  ],
};

const OTHERS: Promises = {
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

export const OF_GUIDES: Promises = { ...START, ...CLIENT, ...OTHERS };
