// The promises in the contract of the socket and in the schemas, each with the test that keeps it.
import type { Promises } from './promise.ts';

const RESUME = 'tests/promises/g4_g5_resume.test.ts';
const G123 = 'tests/promises/g1_g2_g3_messages.test.ts';
const FRAMES = 'chat/tests/frames.test.ts';
const PRESENCE = 'chat/tests/presence.test.ts';
const HANDSHAKE = 'chat/tests/handshake.test.ts';
const ADMISSION = 'chat/tests/admission.test.ts';
const G6 = 'tests/promises/g6_revocation.test.ts';
const EVENTS = 'website/tests/messages.events.test.ts';
const CHANGES = 'website/tests/messages.changes.test.ts';
const WITHDRAWN = 'tests/promises/g4_withdrawn_text.test.ts';
const REGISTRATION = 'website/tests/accounts.registration.test.ts';

export const OF_SOCKET: Promises = {
  info: [
    ['two tokens are refused with 400', HANDSHAKE, 'the token must be in exactly one of two headers'],
    ['An offer without chat.v1 is refused', HANDSHAKE, 'selects chat.v1 at any position of the offer'],
    ['without one the upgrade is refused', ADMISSION, 'without an Origin only a token in Authorization is admitted'],
    [
      'advances the cursor, even if the client does not know',
      'specs/client/tests/room_socket_events.test.ts',
      'unknown type',
    ],
    ['An event never changes, except that its text can be withdrawn', WITHDRAWN, 'no text that was withdrawn'],
    ['it is stored once', G123, 'is stored once'],
    ['only to the requesting socket', G123, 'on the sending socket only'],
    ['does not move the cursor', 'specs/client/tests/cursor.test.ts', 'cursor'],
    ['Both belong to the room and not to the session', 'specs/client/tests/room_socket.test.ts', 'session'],
    ['every later event follows, in order, once', RESUME, 'gets every later message once and in order'],
    ['means: start again from the history', RESUME, 'does not resume: new events follow lastSeq'],
    ['receives every edit and deletion', WITHDRAWN, 'receives every edit and deletion'],
  ],
  MessageSend: [['safe to send a message again with the same id', G123, 'is stored once']],
  TypingStart: [['Expires after', 'tests/limits/time.test.ts', 'typing expires 5 s after its last start']],
  RoomJoined: [['whether the socket was resumed', RESUME, 'a cursor ahead of the log']],
  MessageCreated: [['this is also the acknowledgement', FRAMES, 'delivers exactly the stored message to every member']],
  MessageEdited: [['do not show the earlier text any longer', WITHDRAWN, 'no text that was withdrawn meanwhile']],
  MessageDeleted: [['Remove its text and its reactions', CHANGES, 'a deleted message can be neither edited']],
  ReactionAdded: [['One more user', CHANGES, 'reactions are counted per emoji']],
  ReactionRemoved: [['One user fewer', CHANGES, 'reactions are counted per emoji']],
  PresenceChanged: [
    ['are merged into one frame', PRESENCE, 'a join storm is reported in few frames'],
    ['gets no frame', 'chat/tests/presence.storms.test.ts', 'receives no presence.changed for changes'],
    ['can repeat those of room.joined', PRESENCE, 'changes around a join between two ticks are reported'],
    ['memberCount is exact', PRESENCE, 'the count is exact'],
  ],
  TypingChanged: [
    ['those of the typing users included', FRAMES, 'typing.start sends typing.changed to every member'],
    ['means that nobody is typing', PRESENCE, 'typing is reported at both replicas'],
  ],
  RoomDeleted: [['then closed with 4502', G6, 'deleting a room sends room.deleted']],
  Error: [
    ['what to do', 'specs/client/tests/send_queue.test.ts', 'each error code of the contract'],
    ['refId has its id', 'tests/promises/g8_answers_apart.test.ts', 'own answer'],
  ],
};

export const OF_SCHEMAS: Promises = {
  Content: [
    ['stored and delivered unchanged', 'website/tests/messages.content.test.ts', 'content is stored unchanged'],
  ],
  Email: [
    ['unique without regard to case', REGISTRATION, 'unique regardless of case'],
    ['Only the user of the account sees it', 'website/tests/security.roles.test.ts', 'each role gets the answer'],
  ],
  Username: [['returned as registered, never changed', REGISTRATION, 'unique regardless of case']],
  Emoji: [['Text, two emoji and unqualified forms are refused', CHANGES, 'not one fully qualified emoji is refused']],
  EventPage: [['without a gap', EVENTS, 'the log has every event in order']],
  Message: [
    ['neither content nor reactions', CHANGES, 'a deleted message can be neither edited'],
    ['already contains every event with a smaller or equal seq', 'specs/client/tests/fold.test.ts', 'already applied'],
    ['In quotes it is the ETag of the message', CHANGES, 'returns the message with its new ETag'],
    ['that is added again counts as new', CHANGES, 'in the order of their first use'],
  ],
  MessagePage: [['shows every event up to it and none after it', EVENTS, 'asOf of a page of messages']],
  Reaction: [
    ['exact number of users', 'tests/limits/reactions.test.ts', 'the users that a reaction names are limited'],
    ['no other user is added to the list', 'specs/client/tests/fold.test.ts', 'not replaced'],
  ],
  Room: [
    ['without the deleted ones', EVENTS, 'messageCount its messages that are not deleted'],
    ['newest event, or 0 if there is none', EVENTS, 'lastSeq counts the events'],
  ],
  RoomToken: [['never into the URL', HANDSHAKE, 'the token must be in exactly one of two headers']],
  Session: [['stops working and its sockets are closed', G6, 'logging out at one website closes the sockets']],
  Timestamp: [["from the database's clock", 'tests/promises/clocks.test.ts', 'clock']],
  User: [
    [
      'only if the requesting user is this user',
      'website/tests/moderation.accounts.test.ts',
      'other sessions lack the field',
    ],
  ],
  Problem: [['The meaning of the code, the same for each occurrence', 'specs/tooling/tests/gates.test.ts', 'title']],
};
