// Mutants of published sentences: false statements in the contract that keep every number and code.
import { mutants } from '../mutant.ts';

const OPENAPI = 'specs/openapi.yaml';
const ASYNCAPI = 'specs/asyncapi.yaml';

export const WORDS_OF_PROSE = mutants(
  'words',
  ['tests/docs/promises.test.ts'],
  [
    {
      id: 'registering-logs-in',
      file: OPENAPI,
      find: 'Creates an account. Does not start a session.',
      by: 'Creates an account and starts a session.',
    },
    {
      id: 'administrators-suspended',
      file: OPENAPI,
      find: 'and administrators cannot be suspended.',
      by: 'also of an administrator.',
    },
    {
      id: 'suspension-in-words',
      file: OPENAPI,
      find: 'Ends every session of the user, with its tokens and sockets (4501), and refuses',
      by: 'Keeps the sessions of the user, and refuses',
    },
    {
      id: 'owner-edits-in-words',
      file: OPENAPI,
      find: 'Replaces the text. Only the author can edit.',
      by: 'Replaces the text. The author and the owner of the room can edit.',
    },
    {
      id: 'text-readable',
      file: OPENAPI,
      find: 'no request and no event returns it again',
      by: 'only events return it',
    },
    {
      id: 'forgiving-search',
      file: OPENAPI,
      find: 'contains `query`, in any script, without regard to case',
      by: 'begins with `query`',
    },
    {
      id: 'order-of-rooms',
      file: OPENAPI,
      find: 'without regard to case, ascending by name',
      by: 'without regard to case, newest first',
    },
    {
      id: 'history-without-deleted',
      file: OPENAPI,
      find: 'Deleted messages are included, without their text.',
      by: 'Deleted messages are left out.',
    },
    {
      id: 'both-ends',
      file: OPENAPI,
      find: '`before` and `after` together are refused.',
      by: '`before` and `after` together select a range.',
    },
    {
      id: 'reset-logs-in',
      file: OPENAPI,
      find: 'for a new password. Does not start a session.',
      by: 'for a new password, and starts a session.',
    },
    {
      id: 'password-keeps-others',
      file: OPENAPI,
      find: 'Ends every other session of the user',
      by: 'Keeps every other session of the user',
    },
    { id: 'wildcards', file: OPENAPI, find: 'have no special meaning', by: 'are wildcards' },
    { id: 'tag-of-reactions', file: OPENAPI, find: 'not with reactions', by: 'and with reactions' },
    {
      id: 'weak-tags',
      file: OPENAPI,
      find: 'ignores the prefix `W/`',
      by: 'refuses the prefix `W/`',
    },
    {
      id: 'bearer-and-cookie',
      file: OPENAPI,
      find: 'The server ignores the cookies of a request with a bearer',
      by: 'The server prefers the cookies of a request with a bearer',
    },
    { id: 'presence-inexact', file: ASYNCAPI, find: 'memberCount is exact.', by: 'memberCount is an estimate.' },
    {
      id: 'typing-without-self',
      file: ASYNCAPI,
      find: 'those of the typing users included',
      by: 'those of the typing users excluded',
    },
    {
      id: 'repeat-moves-cursor',
      file: ASYNCAPI,
      find: 'and it does not move the cursor',
      by: 'and it moves the cursor back',
    },
    { id: 'cursor-of-session', file: ASYNCAPI, find: 'and not to the session', by: 'and to the session' },
    { id: 'token-in-url', file: 'specs/schemas/RoomToken.yaml', find: 'never into the URL', by: 'or into the URL' },
    {
      id: 'content-trimmed',
      file: 'specs/schemas/Content.yaml',
      find: 'It is stored and delivered unchanged.',
      by: 'It is stored without spaces around it.',
    },
    {
      id: 'email-public',
      file: 'specs/schemas/Email.yaml',
      find: 'Only the user of the account sees it',
      by: 'Members of the same rooms see it',
    },
    { id: 'name-changes', file: 'specs/schemas/Username.yaml', find: 'never changed', by: 'can be changed' },
    {
      id: 'repeats-free',
      file: 'specs/limits.yaml',
      find: 'Repeats count; attempts',
      by: 'Repeats do not count, and attempts',
    },
    {
      id: 'refused-registrations-free',
      file: 'specs/limits.yaml',
      find: 'refused ones included',
      by: 'refused ones excluded',
    },
    { id: 'sockets-are-connections', file: 'specs/limits.yaml', find: 'Sockets do not count', by: 'Sockets count too' },
  ],
);
