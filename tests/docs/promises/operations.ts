// The promises in the descriptions of the HTTP operations, each with the test that keeps it.
import type { Promises } from './promise.ts';

const OWN_SESSIONS = 'website/tests/accounts.own_sessions.test.ts';
const SESSIONS = 'website/tests/accounts.sessions.test.ts';
const PASSWORD = 'website/tests/accounts.password.test.ts';
const DELETION = 'website/tests/accounts.deletion.test.ts';
const RESETS = 'website/tests/accounts.resets.test.ts';
const MODERATION = 'website/tests/moderation.accounts.test.ts';
const BANS = 'website/tests/moderation.bans.test.ts';
const G6_BANS = 'tests/promises/g6_bans.test.ts';
const G6 = 'tests/promises/g6_revocation.test.ts';
const ROOMS = 'website/tests/rooms.test.ts';
const SEARCH = 'website/tests/rooms.search.test.ts';
const NAMES = 'website/tests/rooms.names.test.ts';
const SENDING = 'website/tests/messages.sending.test.ts';
const CHANGES = 'website/tests/messages.changes.test.ts';
const HISTORY = 'website/tests/messages.history.test.ts';
const EVENTS = 'website/tests/messages.events.test.ts';
const WITHDRAWN = 'tests/promises/g4_withdrawn_text.test.ts';

export const OF_OPERATIONS: Promises = {
  registerUser: [
    ['Creates an account', 'website/tests/accounts.registration.test.ts', 'registration answers with the account'],
    ['Does not start a session', 'website/tests/accounts.registration.test.ts', 'starts no session'],
  ],
  suspendUser: [
    ['Ends every session', MODERATION, 'a suspension ends all sessions'],
    ['and administrators cannot be suspended', MODERATION, 'an administrator cannot be suspended'],
    ['suspended user changes nothing', G6_BANS, 'a suspension closes every socket'],
  ],
  unsuspendUser: [
    ['can log in again', MODERATION, 'and can be lifted'],
    ['Only administrators can lift', MODERATION, 'only administrators suspend'],
    [
      'does not exist changes nothing',
      'website/tests/security.roles.test.ts',
      'each role gets the answer of the table',
    ],
  ],
  logIn: [
    ['sets its cookie (HttpOnly, SameSite=Lax)', SESSIONS, 'HttpOnly and SameSite=Lax'],
    [
      'even an allowed one, is refused',
      'website/tests/origins.test.ts',
      'a login by cookie from an allowed origin is refused',
    ],
    ['pages of allowed origins use createAccessToken', 'website/tests/origins.test.ts', 'from an allowed origin'],
    [
      'do not count against a known browser',
      'website/tests/log_in_attempts.test.ts',
      'in a known browser the owner can log in',
    ],
  ],
  getSession: [['session of the cookie or the bearer token', SESSIONS, 'by cookie and by token']],
  logOut: [
    ['Ends the session of the cookie or the bearer token', SESSIONS, 'logging out by cookie ends that session'],
    ['all its sockets are closed', G6, 'logging out at one website closes the sockets'],
  ],
  createAccessToken: [
    ['Starts a new session', OWN_SESSIONS, 'a login beyond the limit ends the oldest session'],
    ['logOut ends the session', SESSIONS, 'logging out'],
  ],
  changePassword: [
    ['Replaces the password', PASSWORD, 'replaces the password'],
    ['Ends every other session of the user', PASSWORD, 'keeps this session and ends all others'],
    ['invalidates every link', RESETS, 'changing the password, another reset and deleting the account void every link'],
    ['counts like a wrong password at a login', PASSWORD, 'each wrong attempt counts'],
  ],
  deleteAccount: [
    ['immediately and permanently', DELETION, 'are removed at once'],
    ['username stays taken', DELETION, 'username, rooms and messages stay'],
    ['can be registered again', DELETION, 'can be registered again at every replica'],
    [
      'deletes every message of the user in the background',
      DELETION,
      'erase deletes each message as deleteMessage does',
    ],
    ['counts like a wrong password', PASSWORD, 'each wrong attempt counts'],
  ],
  listSessions: [
    ['have not ended, newest first', OWN_SESSIONS, 'every active session, newest first'],
    ['the next login ends the oldest one', OWN_SESSIONS, 'ends the oldest session'],
  ],
  endOtherSessions: [
    ['except the session of the request', OWN_SESSIONS, "the caller's session and other users' sessions stay"],
    ['stop working, and their sockets are closed', OWN_SESSIONS, 'all other sessions of the user end at once'],
  ],
  endSession: [
    ['Ends one session of the user', OWN_SESSIONS, 'a session is ended by its id'],
    ['all its sockets are closed', OWN_SESSIONS, 'with its sockets'],
    ['the same as logOut', OWN_SESSIONS, "ending the caller's own session logs out"],
    ['already ended also returns 204', OWN_SESSIONS, 'ending it again gets the same answer'],
  ],
  requestPasswordReset: [
    ['sends an email with a link', RESETS, 'the link in the mail'],
    ['once and within an hour', RESETS, 'a token is valid for an hour'],
    ['the same whether the account exists or not', RESETS, 'neither the answer nor its time reveals'],
    ['operator can create such a link', RESETS, 'the answer refers to the operator'],
  ],
  resetPassword: [
    ['for the account of the token', RESETS, 'sets a new password once'],
    ['works once and for an hour', RESETS, 'of several concurrent uses of a link, one succeeds'],
    ["invalidates the user's other tokens", RESETS, 'void every link'],
    ['Does not start a session', RESETS, 'every session ends'],
  ],
  listRooms: [
    ['without regard to case, ascending by name', SEARCH, 'in any case, script and normalisation'],
    ['Without query: all rooms', SEARCH, 'an empty query finds all rooms'],
  ],
  createRoom: [
    ['Creates a room', ROOMS, 'the user who creates a room owns it'],
    ['Its creator is its owner', ROOMS, 'the user who creates a room owns it'],
    ['roomsPerDay rooms in a day', 'website/tests/limits.test.ts', 'the rooms that a user creates are limited per day'],
    ['names the existing room', NAMES, 'that looks like'],
  ],
  getRoom: [
    ['Returns one room', ROOMS, 'lastSeq of a room'],
    ['without regard to case', NAMES, 'is the same room as'],
  ],
  deleteRoom: [
    ['Deletes the room and its messages', ROOMS, 'messages of a deleted room are unreadable at once'],
    ['receive room.deleted and are closed with 4502', G6, 'deleting a room sends room.deleted'],
    ['Only the owner of the room and administrators', ROOMS, 'the owner can delete a room, another user cannot'],
  ],
  listBans: [
    ['ascending by username', BANS, 'bans are listed by username in pages'],
    ['Only the owner of the room and administrators', BANS, 'only the owner and administrators ban, unban and list'],
  ],
  banUser: [
    ['stores no message, change or reaction', BANS, 'a banned user can store nothing and gets no token'],
    ['within a second', G6_BANS, 'with 4503 at every replica within 1 s'],
    ['can still read', 'website/tests/security.roles.test.ts', 'each role gets the answer of the table'],
    ['and they cannot be banned', BANS, 'the owner and administrators cannot be banned'],
    ['banned user changes nothing', BANS, 'a ban and its end are idempotent'],
    ['messages in the room are deleted too', DELETION, 'erase deletes each message as deleteMessage does'],
  ],
  unbanUser: [
    ['can join the room and write in it again', BANS, 'until the owner lifts the ban'],
    ['Only the owner of the room and administrators', BANS, 'only the owner and administrators ban, unban and list'],
    ['does not exist changes nothing', BANS, 'a ban and its end are idempotent'],
  ],
  listMessages: [
    ['ascending by seq: the newest ones', HISTORY, 'without before and after the newest page is returned, ascending'],
    ['together are refused', HISTORY, 'before and after together are refused'],
    ['Deleted messages are included, without their text', EVENTS, 'asOf of a page of messages'],
  ],
  sendMessage: [
    [
      'delivers it to the sockets of the room',
      'tests/promises/g3_lossy_broker.test.ts',
      'messages sent over HTTP reach the sockets',
    ],
    ['it is stored once', SENDING, 'a repeated message is stored once'],
    ['by its id and author only', CHANGES, 'a repeated send is recognised by id and author'],
    ['Always send roomId', CHANGES, 'a late retry is not stored in another room'],
  ],
  getMessage: [
    ['current state of a message', CHANGES, 'an edit replaces the text and returns the message'],
    ['has deletedAt and no content', CHANGES, 'a deleted message can be neither edited nor reacted to'],
  ],
  editMessage: [
    ['Replaces the text', CHANGES, 'an edit replaces the text'],
    ['Only the author can edit', CHANGES, 'only the author can edit'],
    ['no request and no event returns it again', WITHDRAWN, 'no table and no log line contains a text'],
    ['An edit to the current text changes nothing', CHANGES, 'an edit to the current text changes nothing'],
    ['an edit is refused if the text has been edited since', CHANGES, 'an edit with a stale revision is refused'],
  ],
  deleteMessage: [
    ['Withdraws the text and the reactions permanently', CHANGES, 'a deleted message can be neither edited'],
    ['The author, the owner of the room and administrators', CHANGES, 'only the author and the room owner can delete'],
    ['Deleting a deleted message changes nothing', CHANGES, 'deleting it again changes nothing'],
  ],
  addReaction: [
    ["Adds the user's reaction", CHANGES, 'reactions are counted per emoji'],
    ['nothing changes and the response is also 204', CHANGES, 'repeats change nothing'],
  ],
  removeReaction: [
    ["Removes the user's reaction", CHANGES, 'reactions are counted per emoji'],
    ['nothing changes and the response is also 204', CHANGES, 'repeats change nothing'],
  ],
  listEvents: [
    ['ascending by seq, from the beginning or after a seq', EVENTS, 'a page with any after and limit'],
    [
      'The objects are the same as on the socket',
      'tests/promises/g5_laws.test.ts',
      'every client has the state of the log',
    ],
    ['has supersededBy', EVENTS, 'the seq of the event that supersedes it'],
  ],
  issueRoomToken: [
    [
      "with the user's email address and the room's name",
      'website/tests/room_tokens.test.ts',
      'a token names the user, the room',
    ],
    ['for a minute', 'website/tests/room_tokens.test.ts', 'is valid for a minute'],
  ],
  getHealth: [
    [
      'Returns 200 only when',
      'website/tests/problems.faults.test.ts',
      'without the database everything is unavailable',
    ],
    ['Returns 503 also during overload', 'tests/promises/storms.test.ts', '/healthz answers? 503 meanwhile'],
  ],
  getLimits: [
    [
      'with the value in force on this server',
      'website/tests/limits_in_force.test.ts',
      'each setting of a limit changes the limits',
    ],
    [
      'The operator can change some',
      'website/tests/limits_in_force.test.ts',
      'each setting of a limit changes the limits',
    ],
    ['once at start', 'website/tests/limits_in_force.test.ts', 'readable without a session'],
  ],
};
