// Mutants of published words: what an operator reads.
import { mutants } from '../mutant.ts';

const OPERATING = 'OPERATING.md';

export const WORDS_OF_OPERATING = mutants(
  'words',
  ['tests/docs/operating.test.ts'],
  [
    { id: 'drain-in-words', file: OPERATING, find: 'for up to 5 s, until nginx', by: 'for up to 15 s, until nginx' },
    {
      id: 'replica-found',
      file: OPERATING,
      find: 'within 2 s, without a restart',
      by: 'within 10 s, without a restart',
    },
    { id: 'connections-of-a-website', file: OPERATING, find: '+ 31 connections', by: '+ 21 connections' },
    { id: 'connections-in-all', file: OPERATING, find: 'accepts 200 here', by: 'accepts 100 here' },
    { id: 'websites-allowed', file: OPERATING, find: 'allows four websites', by: 'allows five websites' },
    { id: 'health-after-refusal', file: OPERATING, find: '(until 5 s\nafter', by: '(until 15 s\nafter' },
    { id: 'clock-differs', file: OPERATING, find: 'differs by more than 5 s', by: 'differs by more than 1 s' },
    {
      id: 'restart-code-in-words',
      file: OPERATING,
      find: 'closes its sockets with\n1012',
      by: 'closes its sockets with\n1001',
    },
  ],
);
