// Mutants of published words: numbers in the contract. Each is generated into everything that is made from it, as a
// consistent liar would.
import { mutants } from '../mutant.ts';

const OPENAPI = 'specs/openapi.yaml';
const ASYNCAPI = 'specs/asyncapi.yaml';
const PROBLEMS = 'specs/problems.yaml';
const LIMITS = 'specs/limits.yaml';

export const WORDS_OF_CONTRACT = mutants(
  'words',
  ['tests/docs/numbers.test.ts'],
  [
    {
      id: 'suspended-sockets-close',
      file: OPENAPI,
      find: 'tokens and sockets (4501)',
      by: 'tokens and sockets (4503)',
    },
    { id: 'deleted-room-closes', file: OPENAPI, find: 'closed with 4502. ', by: 'closed with 4500. ' },
    { id: 'ban-takes-a-minute', file: OPENAPI, find: '4503 within a second', by: '4503 within a minute' },
    {
      id: 'room-token-an-hour',
      file: OPENAPI,
      find: 'into this room for a minute.',
      by: 'into this room for an hour.',
    },
    { id: 'reset-token-a-day', file: OPENAPI, find: 'older than an hour. Nothing', by: 'older than a day. Nothing' },
    {
      id: 'body-128-kib',
      file: OPENAPI,
      find: 'The body is larger than 64 KiB."',
      by: 'The body is larger than 128 KiB."',
    },
    { id: 'other-emoji', file: OPENAPI, find: '{limits.reactionsPerMessage} other emoji', by: '10 other emoji' },
    {
      id: 'retry-after-an-hour',
      file: OPENAPI,
      find: '`Retry-After` can be up to a day."',
      by: '`Retry-After` can be up to an hour."',
    },
    { id: 'forgotten-session', file: OPENAPI, find: 'forgets it (404)', by: 'forgets it (410)' },
    {
      id: 'example-of-a-fault',
      file: OPENAPI,
      find: 'detail: must NOT have fewer than 3 characters',
      by: 'detail: must NOT have fewer than 2 characters',
    },
    {
      id: 'content-5000',
      file: 'specs/schemas/Content.yaml',
      find: '{limits.contentMax}',
      by: '5,000',
    },
    { id: 'username-2', file: 'specs/schemas/Username.yaml', find: '{limits.usernameMin} to', by: '2 to' },
    { id: 'password-6', file: 'specs/schemas/Password.yaml', find: '{limits.passwordMin}', by: '6' },
    {
      id: 'room-name-100',
      file: 'specs/schemas/RoomName.yaml',
      find: '{limits.roomNameMax}',
      by: '{limits.usernameMax}',
    },
    { id: 'email-320', file: 'specs/schemas/Email.yaml', find: '{limits.emailMax}', by: '320' },
    {
      id: 'reactors-100',
      file: 'specs/schemas/Reaction.yaml',
      find: 'fewer than {limits.reactionNamed}',
      by: 'fewer than {limits.membersNamed}',
    },
    { id: 'room-token-hour', file: 'specs/schemas/RoomToken.yaml', find: 'a minute', by: 'an hour' },
    {
      id: 'marks-5',
      file: 'specs/schemas/NewRoomName.yaml',
      find: '4 combining marks',
      by: '5 combining marks',
      nth: 1,
    },
    { id: 'reset-128-bits', file: 'specs/schemas/PasswordReset.yaml', find: '256 bits', by: '128 bits' },
    { id: 'seq-2-63', file: 'specs/schemas/Seq.yaml', find: '2^53 - 1', by: '2^63 - 1' },
    { id: 'typing-15-s', file: ASYNCAPI, find: 'as typing for {limits.typingSeconds} s', by: 'as typing for 15 s' },
    { id: 'typing-again-30-s', file: ASYNCAPI, find: 'again every 3 s', by: 'again every 30 s' },
    { id: 'presence-2-s', file: ASYNCAPI, find: 'Changes within 0.2 s', by: 'Changes within 2 s' },
    { id: 'presence-10000', file: ASYNCAPI, find: 'more than 1,000 sockets', by: 'more than 10,000 sockets' },
    {
      id: 'presence-named-100',
      file: ASYNCAPI,
      find: 'at most {limits.presenceNamed}',
      by: 'at most {limits.membersNamed}',
    },
    { id: 'members-500', file: ASYNCAPI, find: '{limits.membersNamed}', by: '500' },
    { id: 'typists-20', file: ASYNCAPI, find: '{limits.typingNamed}', by: '{limits.presenceNamed}' },
    {
      id: 'example-of-a-rate',
      file: ASYNCAPI,
      find: 'More than 20 messages in 10 s.',
      by: 'More than 50 messages in 10 s.',
      nth: 1,
    },
    { id: 'invitation-30-days', file: LIMITS, find: '(7 days)', by: '(30 days)', nth: 1 },
    { id: 'known-7-days', file: LIMITS, find: '(30 days)', by: '(7 days)' },
    { id: 'guesses-an-hour', file: LIMITS, find: '10 min from one network', by: '60 min from one network' },
    { id: 'network-16', file: LIMITS, find: 'IPv4 /24', by: 'IPv4 /16', nth: 1 },
    { id: 'flood-close', file: LIMITS, find: '4002.', by: '4003.' },
    { id: 'off-spec-an-hour', file: LIMITS, find: 'in a minute', by: 'in an hour' },
    { id: 'invitation-advice', file: PROBLEMS, find: 'once and for 7 days', by: 'once and for 30 days' },
    { id: 'session-advice', file: PROBLEMS, find: 'more than 10 minutes ago', by: 'more than 60 minutes ago' },
    { id: 'wait-a-week', file: PROBLEMS, find: ', up to a day', by: ', up to a week' },
    { id: 'ban-advice', file: PROBLEMS, find: '4503', by: '4502' },
    { id: 'off-spec-advice', file: PROBLEMS, find: '4500', by: '4002' },
    { id: 'restart-advice', file: PROBLEMS, find: '1012', by: '1013' },
    {
      id: 'reset-in-words',
      file: 'website/app/reset_mails.ts',
      find: 'LIMITS.passwordResetSeconds / 60',
      by: 'LIMITS.passwordResetSeconds / 3_600',
      tests: ['website/tests/accounts.resets.test.ts'],
      name: 'the link in the mail',
    },
  ],
);
