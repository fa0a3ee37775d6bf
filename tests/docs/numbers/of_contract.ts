// What the numbers in the words of the contract must be: each is computed from what the server runs with. A list has the
// numbers of one place in the order of its text.
import { CLOSE } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS } from '@parlance/specs/problems.ts';
import { TICK } from '../../../chat/app/room.ts';
import { TYPING_MS } from '../../../specs/client/room_socket.ts';
import { KEPT_SECONDS } from '../../../website/app/janitor.ts';
import type { Numbers } from './find.ts';
import { bytes, days, inWords, minutes, number, seconds } from './write.ts';

const refusal = (code: keyof typeof PROBLEMS) => String(PROBLEMS[code].status);
const close = (name: keyof typeof CLOSE) => String(CLOSE[name]);
/** An event is numbered from 1 without a gap: the same in every description. */
const NUMBERED = ['1', '2', '3'];
/** 256 bits in base64url. */
const TOKEN = String(Math.ceil(256 / 6));
const NETWORKS = ['24', '48'];
const DONE = '204';

const OPERATIONS: Numbers = {
  suspendUser: [close('session_ended')],
  logIn: [refusal('bad_origin'), refusal('invalid_request')],
  endSession: [DONE, refusal('session_not_found')],
  requestPasswordReset: [inWords(LIMITS.passwordResetSeconds)],
  resetPassword: [inWords(LIMITS.passwordResetSeconds)],
  createRoom: [inWords(86_400)],
  deleteRoom: [close('room_deleted')],
  banUser: [close('banned'), inWords(1)],
  deleteMessage: [DONE],
  addReaction: [DONE],
  removeReaction: [DONE],
  issueRoomToken: [inWords(LIMITS.roomTokenSeconds)],
  getHealth: ['200', refusal('unavailable')],
};

const RESPONSES: Numbers = {
  BadRequest: [number(LIMITS.usernameMin)],
  IfMatch: ['42'], // the ETag of the example
  InvalidResetToken: [inWords(LIMITS.passwordResetSeconds), inWords(LIMITS.passwordResetSeconds)],
  ReactionConflict: [number(LIMITS.reactionsPerMessage)],
  BodyTooLarge: [bytes(LIMITS.bodyMax)],
  TooManyRequests: [inWords(86_400)],
};

const SOCKET: Numbers = {
  info: [refusal('invalid_request'), refusal('invalid_request'), refusal('bad_origin')],
  room: ['0', '0', '16'],
  'x-handshake': ['13'],
  startTyping: [seconds(LIMITS.typingSeconds), seconds(TYPING_MS / 1_000)],
  TypingStart: [seconds(LIMITS.typingSeconds)],
  PresenceChanged: [
    ...[seconds(TICK.leastMs / 1_000), number(TICK.leastMs / TICK.perSocketMs), seconds(TICK.mostMs / 1_000)],
    number(LIMITS.presenceNamed),
  ],
  RoomJoined: [number(LIMITS.membersNamed)],
  TypingChanged: [number(LIMITS.typingNamed)],
  RoomDeleted: [close('room_deleted'), close('room_deleted')],
  Error: [number(LIMITS.messagesPer10s), seconds(10)],
  ErrorFrame: [number(LIMITS.messagesPer10s), seconds(10)],
};

const CODES: Numbers = {
  banned: [close('banned')],
  invalid_invitation: [days(LIMITS.invitationSeconds)],
  session_not_found: [minutes(KEPT_SECONDS)],
  upgrade_required: ['13'],
  too_many_requests: [inWords(86_400)],
  unavailable: [close('service_restart')],
  invalid_frame: [close('too_many_off_spec_frames')],
  room_gone: [close('room_deleted')],
  session_ended: [close('session_ended')],
};

const CLOSES: Numbers = { [CLOSE.session_ended]: [refusal('invalid_credentials'), refusal('suspended')] };

const LIMIT_NOTES: Numbers = {
  seqMax: ['2^53', '1'],
  invitationSeconds: [days(LIMITS.invitationSeconds)],
  messagesPer10s: [seconds(10)],
  messagesPerUserPer10s: [seconds(10)],
  framesPer10s: [seconds(10), close('flood')],
  offSpecPerMinute: [inWords(60), close('too_many_off_spec_frames')],
  readerLagMax: [close('too_slow')],
  pongSeconds: [close('ping_timeout')],
  sessionSeconds: [days(LIMITS.sessionSeconds)],
  passwordResetsPerHour: [inWords(3_600)],
  resetMailsPerHour: [inWords(3_600)],
  loginsPer10Min: ['10 min', ...NETWORKS],
  loginsPerDay: [inWords(86_400)],
  loginsPerAddressPer10Min: ['10 min'],
  knownSeconds: [days(LIMITS.knownSeconds)],
  passwordsAtOnce: NETWORKS,
  registrationsPerHour: [
    ...[inWords(3_600), refusal('invalid_request'), refusal('invalid_invitation'), refusal('email_taken')],
    refusal('invalid_credentials'),
  ],
  requestsPerUserPer10s: [seconds(10)],
  roomsPerDay: [inWords(86_400), refusal('room_name_taken')],
  requestsPerAddress: ['64'],
  networkShare: ['48', '48'],
  requestsAtOncePerAddress: ['48'],
};

const SCHEMAS: Numbers = {
  Content: ['1', number(LIMITS.contentMax)],
  Email: [number(LIMITS.emailMax)],
  Invitation: [TOKEN],
  LogEvent: NUMBERED,
  NewRoomName: [
    ...[number(LIMITS.roomNameMarks), refusal('room_name_taken')],
    '0', // in a name that is given as an example
    number(LIMITS.roomNameMarks),
  ],
  Password: [number(LIMITS.passwordMin), number(LIMITS.passwordMax)],
  PasswordReset: ['256', TOKEN],
  Reaction: [number(LIMITS.reactionNamed), number(LIMITS.reactionNamed)],
  Room: ['0'],
  RoomName: ['1', number(LIMITS.roomNameMax), '0.1.0'],
  RoomToken: [inWords(LIMITS.roomTokenSeconds)],
  Seq: [...NUMBERED, '0', '2^53', '1'],
  Username: [number(LIMITS.usernameMin), number(LIMITS.usernameMax)],
  ValidationError: [number(LIMITS.usernameMin)],
};

const prefixed = (prefix: string, numbers: Numbers): Numbers =>
  Object.fromEntries(Object.entries(numbers).map(([place, list]) => [`${prefix} ${place}`, list]));

export const OF_CONTRACT: Numbers = {
  ...prefixed('openapi', { ...OPERATIONS, ...RESPONSES }),
  ...prefixed('asyncapi', SOCKET),
  ...prefixed('problems', CODES),
  ...prefixed('close-codes', CLOSES),
  ...prefixed('limits', LIMIT_NOTES),
  ...SCHEMAS,
};
