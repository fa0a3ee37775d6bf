// Mutants of published words: codes, advice and examples in the contract, generated into everything that is made from it.
import { mutants } from '../mutant.ts';

const OPENAPI = 'specs/openapi.yaml';
const ASYNCAPI = 'specs/asyncapi.yaml';
const PROBLEMS = 'specs/problems.yaml';
const CLOSES = 'specs/close-codes.yaml';
const ADVICE = ['tests/docs/advice.test.ts'];
const CONTRACT = ['contract tests'];

export const WORDS_OF_ADVICE = mutants('words', ADVICE, [
  {
    id: 'origin-status',
    file: OPENAPI,
    find: '403 `bad_origin`, and a request',
    by: '401 `bad_origin`, and a request',
    tests: ['tests/docs/advice.test.ts', 'tests/docs/numbers.test.ts'],
  },
  { id: 'codes-swapped', file: OPENAPI, find: '(`email_taken`)', by: '(`username_taken`)' },
  {
    id: 'ban-codes',
    file: OPENAPI,
    find: 'x-codes: [not_room_owner, protected_user, bad_origin]',
    by: 'x-codes: [not_room_owner, bad_origin]',
    tests: ['tests/docs/advice.test.ts', 'contract tests'],
  },
  { id: 'conflict-code', file: OPENAPI, find: '(`other_room`)', by: '(`room_not_found`)' },
  {
    id: 'unavailable-header',
    file: OPENAPI,
    find: `      x-codes: [unavailable, store_unavailable]\n      headers:\n        Retry-After: { $ref: '#/components/headers/Retry-After' }\n`,
    by: '      x-codes: [unavailable, store_unavailable]\n',
  },
  {
    id: 'full-server-backoff',
    file: ASYNCAPI,
    find: `'Reconnect with the longer backoff, after \`Retry-After\`.', closeCode: 4003`,
    by: `'Reconnect with backoff.', closeCode: 4003`,
  },
  { id: 'full-server-code', file: ASYNCAPI, find: 'closeCode: 4003', by: 'closeCode: 4002' },
  {
    id: 'expired-token-stops',
    file: ASYNCAPI,
    find: `client: 'Get a new token, then reconnect with backoff.'`,
    by: `client: 'Stop: the token cannot become valid.'`,
  },
  {
    id: 'foreign-origin-retries',
    file: ASYNCAPI,
    find: `client: 'Stop: the same request cannot succeed.'`,
    by: `client: 'Reconnect with backoff.'`,
  },
  {
    id: 'slow-client-longer',
    file: CLOSES,
    find: 'you handled, with backoff.',
    by: 'you handled, with the longer backoff.',
  },
  {
    id: 'advice-retries-never',
    file: PROBLEMS,
    find: `  retry: never\n  advice: 'Do not try again.'`,
    by: `  retry: never\n  advice: 'Try again.'`,
  },
  {
    id: 'advice-new-id',
    file: PROBLEMS,
    find: 'Send the same request again, a message with the same id. The event',
    by: 'Send the same request again, a message with a new id. The event',
  },
  { id: 'advice-header', file: PROBLEMS, find: 'the `Allow` header', by: 'the `Accept` header' },
  { id: 'advice-setting', file: PROBLEMS, find: '`ALLOWED_HOSTS`', by: '`ALLOWED_ORIGINS_LIST`' },
  {
    id: 'administrators-forgotten',
    file: OPENAPI,
    find: 'Only the owner of the room and administrators can read the list."',
    by: 'Only the owner of the room can read the list."',
  },
  {
    id: 'example-of-another-code',
    file: OPENAPI,
    find: '            code: too_many_bans\n',
    by: '            code: too_many_reactions\n',
    tests: CONTRACT,
  },
  {
    id: 'example-of-another-title',
    file: OPENAPI,
    find: '            title: The message is deleted\n',
    by: '            title: The message was deleted\n',
    tests: CONTRACT,
  },
  { id: 'fold-of-the-examples', file: ASYNCAPI, find: 'supersededBy: 46', by: 'supersededBy: 44', tests: CONTRACT },
  {
    id: 'pattern-in-words',
    file: 'specs/schemas/SessionId.yaml',
    find: 'must be a lower-case UUID',
    by: 'must be a UUID',
    tests: CONTRACT,
  },
]);
