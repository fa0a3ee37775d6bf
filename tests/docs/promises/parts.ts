// The promises in the descriptions of parameters, headers, answers, limits and of the upgrade, each with the test that keeps
// it.
import type { Promises } from './promise.ts';

const SEARCH = 'website/tests/rooms.search.test.ts';
const HISTORY = 'website/tests/messages.history.test.ts';
const CHANGES = 'website/tests/messages.changes.test.ts';
const EVENTS = 'website/tests/messages.events.test.ts';
const EXACT = 'website/tests/headers.exact.test.ts';
const ORIGINS = 'website/tests/origins.test.ts';
const HANDSHAKE = 'chat/tests/handshake.test.ts';
const ADMISSION = 'chat/tests/admission.test.ts';
const CAPACITY = 'chat/tests/capacity.test.ts';
const SOCKET_LIMITS = 'tests/limits/socket.test.ts';
const CLOSING = 'chat/tests/closing.test.ts';
const LIMITS = 'website/tests/limits.test.ts';
const ATTEMPTS = 'website/tests/log_in_attempts.test.ts';
const ADDRESSES = 'service/tests/address_limits.test.ts';
const FRAMES = 'chat/tests/frames.test.ts';
const RESUME = 'tests/promises/g4_g5_resume.test.ts';

export const OF_PARTS: Promises = {
  'parameters/Query': [
    ['have no special meaning', SEARCH, 'match only themselves'],
    ['An empty query matches every name', SEARCH, 'an empty query finds all rooms'],
  ],
  'parameters/Before': [['directly before this seq', HISTORY, 'messages returns']],
  'parameters/After': [
    ['directly after this seq', HISTORY, 'messages returns'],
    ['does not report changes of older messages', EVENTS, 'asOf of a page of messages'],
  ],
  'parameters/AfterEvent': [['Absent: from the beginning of the log', EVENTS, 'the log has every event in order']],
  'parameters/IfMatch': [
    ['The ETag of the text that the edit replaces', CHANGES, 'an edit with a stale revision is refused'],
    ['Without it, the edit replaces any text', CHANGES, 'an edit replaces the text'],
    ['ignores the prefix W/', CHANGES, 'a weak If-Match'],
  ],
  'headers/Allow': [
    ['HEAD is allowed where GET is allowed', 'website/tests/problems.requests.test.ts', 'HEAD is answered as GET'],
  ],
  'headers/Retry-After': [
    ['The number of seconds to wait', 'website/tests/limits.windows.test.ts', 'Retry-After is the'],
  ],
  'headers/Location': [['The path of the new room', 'website/tests/rooms.test.ts', 'Location leads to it']],
  'headers/ETag': [
    ['revision in quotes', EXACT, 'an entity tag of a message is its revision'],
    ['with the text, not with reactions, so the server ignores If-None-Match', CHANGES, 'If-None-Match never yields'],
  ],
  'headers/Set-Browser-Cookie': [
    ['A page of an allowed origin does not get it', EXACT, 'a page of an allowed origin gets'],
  ],
  'securitySchemes/session': [
    [
      'Behind TLS its name is __Host-parlance_session',
      'website/tests/accounts.secrecy.test.ts',
      'behind TLS the cookie is __Host-',
    ],
    ["must come from the site's own origin", ORIGINS, 'unsafe requests are'],
  ],
  'securitySchemes/bearer': [
    ['ignores the cookies of a request with a bearer', 'website/tests/accounts.sessions.test.ts', 'ignores cookies'],
  ],
  'responses/BadRequest': [['Nothing was changed', 'website/tests/off_spec.test.ts', 'change nothing']],
  'responses/SendConflict': [['Nothing was stored', 'website/tests/messages.sending.test.ts', 'nothing is stored']],
  'responses/DeleteForbidden': [
    [
      'Only the author, the owner of the room and administrators',
      CHANGES,
      'only the author and the room owner can delete',
    ],
  ],
  'responses/SuspensionForbidden': [
    ['Only administrators can suspend', 'website/tests/moderation.accounts.test.ts', 'only administrators suspend'],
  ],
  'responses/RoomNameTaken': [
    ['or one that looks the same, exists', 'website/tests/rooms.names.test.ts', 'looks like'],
  ],
  'limits/messagesPer10s': [
    ['over HTTP, and the same number over all sockets', CLOSING, 'per user and room, over all sockets'],
    ['Edits, deletions and reactions count', 'tests/limits/http.test.ts', 'count as messages'],
    ['refused with rate_limited do not', 'service/tests/sliding_window.test.ts', 'not counted'],
  ],
  'limits/framesPer10s': [['pings and pongs included', CLOSING, 'pings included']],
  'limits/offSpecPerMinute': [['At the next one the socket is closed', SOCKET_LIMITS, 'one off-spec frame beyond']],
  'limits/sessionsPerUser': [
    ['ends the oldest session', 'website/tests/accounts.own_sessions.test.ts', 'ends the oldest session'],
  ],
  'limits/resetMailsPerHour': [
    [
      'no email is sent, and the response is the same',
      'website/tests/accounts.resets.test.ts',
      'the mails per account are limited',
    ],
  ],
  'limits/loginsPer10Min': [['and as many from each known browser', ATTEMPTS, 'with a separate allowance']],
  'limits/loginsPerDay': [['Fewer from a network', ATTEMPTS, 'the fewer each may enter']],
  'limits/loginsPerAddressPer10Min': [['for all accounts together', ATTEMPTS, 'for all accounts together']],
  'limits/passwordsAtOnce': [
    ['replaces one from the network', 'website/tests/hashing.test.ts', 'a place of the network that has the most'],
  ],
  'limits/registrationsPerHour': [['refused ones included', LIMITS, 'the registrations of one client address']],
  'limits/requestsPerUserPer10s': [
    ['this many at once, and this many again', 'website/tests/limits.windows.test.ts', 'then as many in each 10 s'],
  ],
  'limits/roomsPerDay': [['Requests refused with 409 do not count', LIMITS, 'failed attempts']],
  'limits/requestsPerAddress': [
    ['For IPv6, an address is a /64', ADDRESSES, 'counts as one address'],
    ['An upgrade counts as a request', ADDRESSES, 'an upgrade counts as a request'],
  ],
  'limits/connectionsPerAddress': [['Sockets do not count', ADDRESSES, 'upgraded sockets']],
  'handshake/401': [['expired, not issued by this server', ADMISSION, 'signed with a foreign key is refused']],
  'handshake/403': [
    ['came without an Origin', ADMISSION, 'without an Origin only'],
    ['is for another room', ADMISSION, 'a token is valid for its own room only'],
    ['after the token was issued', 'tests/promises/g6_bans.test.ts', 'issued before the ban opens no socket'],
  ],
  'handshake/404': [['or the room was deleted', ADMISSION, 'a deleted room and a room that never existed']],
  'handshake/405': [['is not GET', HANDSHAKE, 'a method other than GET']],
  'handshake/426': [['WebSocket version 13', HANDSHAKE, 'or with another version, gets 426']],
  'handshake/429': [['The user or the address has too many sockets', CAPACITY, 'limits the sockets of']],
  'handshake/503': [['gets more upgrades than it can accept now', CAPACITY, 'refuses one more']],
  'query/after': [['0 can be sent alone and returns the whole log', RESUME, 'resumes from the beginning']],
  'query/roomId': [['Never without after', HANDSHAKE, 'each fault of the query']],
  'upgrade/Authorization': [['must not have a token', HANDSHAKE, 'exactly one of two headers']],
  'upgrade/Sec-WebSocket-Protocol': [['It must offer chat.v1', HANDSHAKE, 'selects chat.v1']],
  'operations/sendMessage': [
    [
      'message.created after it has stored the message',
      'tests/promises/g1_g2_g3_messages.test.ts',
      'sees a message before',
    ],
  ],
  'operations/startTyping': [
    ['counts the user as typing for 5 s', 'tests/limits/time.test.ts', 'typing expires 5 s'],
    ['Send it again every 3 s', 'specs/client/tests/timing.test.ts', 'typing'],
  ],
  'operations/deliver': [
    ['room.joined is always the first frame', FRAMES, 'room.joined comes first'],
    ['in the order of their seq', 'tests/promises/the_door.test.ts', 'delivered once and in order'],
  ],
};
