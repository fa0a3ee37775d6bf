// The promises and the advice in the guides for clients, by subject, each with the test that keeps it. Advice is kept by the
// client, which follows it.
import { OF_OTHER_GUIDES } from './guides_server.ts';
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
const CHANGES = 'website/tests/messages.changes.test.ts';
const HTTP_LIMITS = 'tests/limits/http.test.ts';

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

export const OF_GUIDES: Promises = { ...START, ...CLIENT, ...OF_OTHER_GUIDES };
