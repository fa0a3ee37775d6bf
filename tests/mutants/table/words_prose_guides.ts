// Mutants of published sentences: false statements in the guides that keep every number and code.
import { mutants } from '../mutant.ts';

const page = (name: string) => `website/app/docs/pages/${name}.md`;

export const WORDS_OF_PROSE_IN_GUIDES = mutants(
  'words',
  ['tests/docs/promises.test.ts'],
  [
    {
      id: 'acknowledged-early',
      file: page('index'),
      find: 'after the database has\ncommitted it.',
      by: 'after the server has\nreceived it.',
    },
    {
      id: 'silent-gap',
      file: page('index'),
      find: 'There is never a silent gap',
      by: 'There can be a gap',
    },
    {
      id: 'order-not-kept',
      file: page('send'),
      find: 'right after `room.joined`, in order and with the same `id`s',
      by: 'right after `room.joined`, in any order and with new `id`s',
    },
    {
      id: 'cursor-goes-back',
      file: page('resume'),
      find: 'never move the cursor back',
      by: 'move the cursor back',
    },
    {
      id: 'unknown-type-gap',
      file: page('resume'),
      find: 'advances the cursor, even if you do not know its `type`',
      by: 'advances the cursor if you know its `type`',
    },
    { id: 'state-kept', file: page('resume'), find: 'Discard your state.', by: 'Keep your state.' },
    {
      id: 'slow-clients-wait',
      file: page('index'),
      find: 'clients do not wait for it.',
      by: 'clients wait for it.',
    },
    {
      id: 'stop-is-reconnect',
      file: page('reconnect'),
      find: '4500 to 4999: stop.',
      by: '4500 to 4999: reconnect.',
    },
    {
      id: 'session-extends',
      file: page('reconnect'),
      find: 'Use does not extend it.',
      by: 'Use extends it.',
    },
    {
      id: 'name-is-free',
      file: page('accounts'),
      find: 'The username stays taken',
      by: 'The username becomes free',
    },
    {
      id: 'oldest-first',
      file: page('accounts'),
      find: 'that have not ended, newest first.',
      by: 'that have not ended, oldest first.',
    },
    {
      id: 'banned-cannot-read',
      file: page('accounts'),
      find: 'The user can still read the history.',
      by: 'The user cannot read the history either.',
    },
    {
      id: 'reset-reveals',
      file: page('accounts'),
      find: 'The response is the same whether the account\n   exists or not.',
      by: 'The response says whether the account\n   exists.',
    },
    {
      id: 'erase-oldest-first',
      file: page('accounts'),
      find: 'the newest of each room first',
      by: 'the oldest of each room first',
    },
  ],
);
