// What the numbers in the guides must be: each is computed from what the server or the client runs with. A list has the
// numbers of one section in the order of its text.
import { CLOSE, CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS } from '@parlance/specs/problems.ts';
import { TICK } from '../../../chat/app/room.ts';
import { HELD_MS } from '../../../service/address_limits.ts';
import { SERVER_OPTIONS } from '../../../service/client_error.ts';
import { LONGER, NORMAL } from '../../../specs/client/backoff.ts';
import { GOOD_MS, SILENCE_MS } from '../../../specs/client/room_socket.ts';
import { IDLE } from '../../../specs/client/watch.ts';
import type { Numbers } from './find.ts';
import { bytes, days, inWords, minutes, number, seconds } from './write.ts';

const refusal = (code: keyof typeof PROBLEMS) => String(PROBLEMS[code].status);
const close = (name: keyof typeof CLOSE) => String(CLOSE[name]);
const ms = (value: number) => seconds(value / 1_000);
const NUMBERED = ['1', '2', '3'];
const NETWORKS = ['24', '48'];
const [CREATED, OK, DONE] = ['201', '200', '204'];
/** Not a close code: what libraries report when a connection is lost. */
const LOST = '1006';
/** Codes of later versions in this range mean stop; the client's ending.ts has the same. */
const STOPPING = ['4500', '4999'];

const codes = (client: string, backoff?: string) =>
  Object.entries(CLOSE_CODES).flatMap(([code, row]) =>
    row.client === client && (backoff === undefined || ('backoff' in row && row.backoff === backoff)) ? [code] : [],
  );

const FULL = [refusal('too_many_requests'), refusal('unavailable')];

const START: Numbers = {
  'In five minutes': [
    ...[days(LIMITS.sessionSeconds), seconds(LIMITS.roomTokenSeconds)],
    ...[refusal('email_taken'), refusal('username_taken'), refusal('room_name_taken')],
    ...[refusal('invalid_credentials'), number(LIMITS.registrationsPerHour), inWords(3_600)],
    ...[refusal('room_not_found'), refusal('room_name_taken'), refusal('room_not_found')],
  ],
  'G3 – One order': NUMBERED,
  'G6 – Revocation takes effect': [close('session_ended'), inWords(1), close('room_deleted'), close('banned')],
  'G7 – Slow clients do not affect other clients': [close('too_slow')],
  'Log in again': [days(LIMITS.sessionSeconds)],
};

const SEND: Numbers = {
  'Over a socket': [seconds(10), seconds(30), LOST],
  'Over HTTP': [CREATED!, OK!],
  'Stay within the rate limits': [
    ...[number(LIMITS.unansweredMax), seconds(10), number(LIMITS.messagesPer10s), number(LIMITS.messagesPerUserPer10s)],
    ...[number(LIMITS.framesPer10s), seconds(10), close('flood')],
    ...[refusal('banned'), refusal('room_not_found'), refusal('message_deleted'), refusal('stale_revision')],
  ],
};

const LONG = codes('reconnect', 'longer');

const RECONNECT: Numbers = {
  'What you see, what you do': [
    ...[close('normal'), close('going_away'), ...codes('fix'), LOST, ...LONG, close('session_ended')],
    ...[...STOPPING, close('session_ended'), seconds(60), LOST],
    ...[refusal('not_authenticated'), ...FULL, refusal('not_authenticated')],
    ...[refusal('request_timeout'), refusal('too_many_requests')],
  ],
  'The procedure': [
    ...[close('normal'), ...codes('fix'), ...STOPPING, close('session_ended'), close('going_away'), LOST],
    ...['0', ms(NORMAL.capMs), ms(NORMAL.baseMs), '2', '0', ms(GOOD_MS)],
    ...[...LONG, ...FULL, '0', ms(LONGER.capMs), ms(LONGER.baseMs), '2'],
    ...[seconds(LIMITS.roomTokenSeconds), refusal('not_authenticated'), refusal('room_not_found'), refusal('banned')],
    ...[refusal('request_timeout'), refusal('too_many_requests'), '2', refusal('invalid_request')],
  ],
  'Detect a dead connection': [seconds(LIMITS.pingSeconds), seconds(60), '5'],
  'Log in again': [
    ...[days(LIMITS.sessionSeconds), close('session_ended'), refusal('not_authenticated')],
    ...[refusal('invalid_credentials'), refusal('suspended'), ...FULL, inWords(86_400)],
  ],
};

const ACCOUNTS: Numbers = {
  Sessions: [days(LIMITS.sessionSeconds), number(LIMITS.sessionsPerUser), close('session_ended'), inWords(1)],
  'Reset a forgotten password': [
    number(LIMITS.resetMailsPerHour),
    inWords(3_600),
    minutes(LIMITS.passwordResetSeconds),
  ],
  'Bans and suspensions': [
    ...[refusal('banned'), close('banned'), close('session_ended'), refusal('not_authenticated')],
    refusal('suspended'),
  ],
};

const HTTP: Numbers = {
  'Wrong passwords': [
    ...[refusal('too_many_requests'), number(LIMITS.sessionsPerUser)],
    ...[...NETWORKS, number(LIMITS.loginsPer10Min), '10 min', number(LIMITS.loginsPerDay), inWords(86_400)],
    ...[days(LIMITS.knownSeconds), days(LIMITS.knownSeconds), number(LIMITS.loginsPerDay), inWords(86_400)],
    ...[number(Math.floor(LIMITS.loginsPerDay / 2)), number(LIMITS.loginsPerDay * 2)],
    number(Math.floor(LIMITS.loginsPerDay / 4)),
    ...[number(LIMITS.loginsPerAddressPer10Min), '10 min'],
    ...[number(LIMITS.passwordsAtOnce), refusal('unavailable')],
  ],
  'Rate limit per user': [number(LIMITS.requestsPerUserPer10s), seconds(10), refusal('too_many_requests')],
  'Rate limit per address': [
    ...[number(LIMITS.requestsPerAddress), inWords(1), number(LIMITS.requestBurstPerAddress)],
    ...[refusal('too_many_requests'), inWords(HELD_MS / 1_000), inWords(HELD_MS / 1_000)],
    ...[number(LIMITS.connectionsPerAddress), '64', '48', number(LIMITS.networkShare)],
    ...[number(LIMITS.requestsAtOncePerAddress), '48'],
  ],
};

const EDIT: Numbers = {
  'Edit a message': [refusal('stale_revision')],
  'React to a message': [
    ...[refusal('invalid_request'), number(LIMITS.reactionNamed), number(LIMITS.reactionsPerMessage)],
    ...[refusal('too_many_reactions'), refusal('message_deleted')],
  ],
  'Retry safely': [
    ...[refusal('stale_revision'), refusal('message_deleted'), OK!, OK!, DONE!, DONE!],
    ...[number(LIMITS.messagesPer10s), seconds(10), number(LIMITS.messagesPerUserPer10s), refusal('rate_limited')],
  ],
};

const BROWSERS: Numbers = {
  'Browser pages and CORS': [refusal('bad_origin')],
  Requests: [refusal('method_not_allowed')],
  Sockets: [
    LOST,
    ...[refusal('too_many_sockets'), refusal('unavailable'), close('too_many_sockets'), close('try_again_later')],
  ],
};

const SOCKET: Numbers = {
  Opening: [
    ...['13', '0', refusal('invalid_request'), '0', '1'],
    ...[refusal('too_many_sockets'), refusal('unavailable'), refusal('bad_origin'), refusal('invalid_request')],
    ...[LOST, refusal('internal_error')],
  ],
  Frames: [
    ...[number(LIMITS.bodyMax), close('too_many_off_spec_frames'), number(LIMITS.offSpecPerMinute + 1), inWords(60)],
  ],
  'Size and compression': [number(LIMITS.bodyMax), number(LIMITS.bodyMax), number(LIMITS.contentMax)],
};

const CLIENT: Numbers = {
  'Close a room': [
    ...[`${NORMAL.baseMs} ms`, ms(NORMAL.capMs), ...codes('reconnect', 'longer'), ms(LONGER.baseMs), ms(LONGER.capMs)],
    ...[ms(SILENCE_MS), `${['', '', '', 'three'][IDLE]} times`, refusal('too_many_requests')],
    ...[close('session_ended'), close('room_deleted'), close('banned')],
    ...[refusal('not_authenticated'), refusal('banned'), refusal('room_not_found')],
    ...[close('too_many_off_spec_frames'), ...codes('fix')],
  ],
  'Events and the fold': NUMBERED,
};

const of = (path: string, numbers: Numbers): Numbers =>
  Object.fromEntries(Object.entries(numbers).map(([heading, list]) => [`${path} ${heading}`, list]));

/** Sections that report a measurement, and pages whose numbers are versions and dates. */
export const NOT_OF_THE_SERVER = ['/docs/log How the log is tested', '/docs/generate ', '/docs/versions '];

export const OF_PAGES: Numbers = {
  ...of('/docs', START),
  ...of('/docs/accounts', ACCOUNTS),
  ...of('/docs/http', HTTP),
  '/docs/log The log of a room': NUMBERED,
  ...of('/docs/send', SEND),
  ...of('/docs/reconnect', RECONNECT),
  ...of('/docs/edit', EDIT),
  ...of('/docs/browsers', BROWSERS),
  '/docs/fold Messages are a fold of the log': [number(LIMITS.reactionNamed), '0'],
  '/docs/pagination Pagination': [number(LIMITS.pageMax)],
  '/docs/pagination Read everything': ['0'],
  '/docs/socket/transcripts Typing and presence': [seconds(LIMITS.typingSeconds)],
  ...of('/docs/socket', SOCKET),
  ...of('/docs/sdk', CLIENT),
  '/docs/close-codes Close codes': [close('session_ended'), LOST, ...STOPPING],
  '/docs/limits Limits': [
    ...[bytes(SERVER_OPTIONS.maxHeaderSize), refusal('headers_too_large')],
    ...[ms(SERVER_OPTIONS.requestTimeout), refusal('request_timeout')],
    ...[`${['', '', '', '', '', 'five'][1_000 / TICK.leastMs]} times`, inWords(1)],
  ],
  '/docs/quickstart Limitations': [...[number(LIMITS.messagesPer10s), seconds(10), days(LIMITS.sessionSeconds)]],
};
