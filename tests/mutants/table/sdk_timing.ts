// Mutants of the client's times: backoff, jitter, pace of sending, watch, tokens, typing, cursor.
import { mutants } from '../mutant.ts';

const BACKOFF = 'specs/client/backoff.ts';
const PACE = 'specs/client/send_pace.ts';
const WATCH = 'specs/client/watch.ts';
const ROOM = 'specs/client/room_socket.ts';
const TOKEN = 'specs/client/room_token.ts';
const CURSOR = ['specs/client/tests/cursor.test.ts'];
const ENDING = ['specs/client/tests/ending.test.ts'];
const QUEUE = ['specs/client/tests/send_queue.test.ts'];
const NUMBERS = ['tests/docs/numbers.test.ts'];
const RECONNECT = ['specs/client/tests/room_socket_backoff.test.ts'];

export const SDK_TIMING = mutants(
  'sdk timing',
  ['specs/client/tests/timing.test.ts', 'specs/client/tests/backoff.test.ts'],
  [
    { id: 'no-jitter', file: BACKOFF, find: 'random() * Math.min', by: 'Math.min' },
    { id: 'half-jitter', file: BACKOFF, find: 'random() * Math.min', by: '(0.5 + random() / 2) * Math.min' },
    { id: 'linear-backoff', file: BACKOFF, find: '2 ** attempt', by: '(attempt + 1)' },
    { id: 'first-wait', file: BACKOFF, find: 'baseMs: 250', by: 'baseMs: 2_500' },
    { id: 'cap', file: BACKOFF, find: 'capMs: 15_000', by: 'capMs: 150_000' },
    { id: 'longer-first-wait', file: BACKOFF, find: 'baseMs: 4_000', by: 'baseMs: 250' },
    { id: 'longer-cap', file: BACKOFF, find: 'capMs: 60_000', by: 'capMs: 15_000' },
    {
      id: 'full-server-hammered',
      file: 'specs/client/ending.ts',
      find: `known.backoff === 'longer' ? LONGER : NORMAL`,
      by: `known.backoff === 'longer' ? NORMAL : NORMAL`,
      tests: ENDING,
    },
    {
      id: 'retry-after-ignored',
      file: 'specs/client/ending.ts',
      find: 'afterMs: retryAfterMs };',
      by: 'afterMs: 0 };',
      tests: ENDING,
    },
    {
      id: 'stops-at-4000',
      file: 'specs/client/ending.ts',
      find: 'code >= 4500 && code < 5000',
      by: 'code >= 4000 && code < 5000',
      tests: ENDING,
    },
    {
      id: 'retry-after-in-ms',
      file: 'specs/client/problem.ts',
      find: 'Number(value) * 1000',
      by: 'Number(value)',
      tests: ['specs/client/tests/problem.test.ts'],
    },
    {
      id: 'good-after-a-second',
      file: ROOM,
      find: 'GOOD_MS = 10_000',
      by: 'GOOD_MS = 1_000',
      tests: [...RECONNECT, ...NUMBERS],
    },
    {
      id: 'failures-forgotten',
      file: ROOM,
      find: 'if (Date.now() - this.#joinedAt > GOOD_MS) failures = 0;',
      by: 'failures = 0;',
      tests: RECONNECT,
    },
    {
      id: 'typing-each-key',
      file: ROOM,
      find: '(LIMITS.typingSeconds - 2) * 1000',
      by: '(LIMITS.typingSeconds - 5) * 1000',
    },
    {
      id: 'typing-too-rare',
      file: ROOM,
      find: '(LIMITS.typingSeconds - 2) * 1000',
      by: '(LIMITS.typingSeconds + 2) * 1000',
    },
    {
      id: 'typing-after-send',
      file: ROOM,
      find: `    this.#typedAt = Number.NEGATIVE_INFINITY;\n    return`,
      by: '    return',
    },
    { id: 'silence', file: ROOM, find: 'SILENCE_MS = 20_000', by: 'SILENCE_MS = 200_000', tests: NUMBERS },
    { id: 'token-margin', file: TOKEN, find: 'MARGIN_MS = 10_000', by: 'MARGIN_MS = 0' },
    {
      id: 'token-by-the-servers-clock',
      file: TOKEN,
      find: 'Math.min(Date.parse(token.expiresAt) - askedAt, LIMITS.roomTokenSeconds * 1000)',
      by: 'Date.parse(token.expiresAt) - askedAt',
    },
    { id: 'token-after-first-failure', file: TOKEN, find: '++this.#failures >= 2', by: '++this.#failures >= 1' },
    { id: 'token-never-renewed', file: TOKEN, find: '++this.#failures >= 2', by: '++this.#failures >= 20' },
    { id: 'pace-no-window', file: PACE, find: '    this.window = 1;\n', by: '' },
    {
      id: 'pace-opens-at-once',
      file: PACE,
      find: 'Math.min(this.window * 2, LIMITS.unansweredMax)',
      by: 'LIMITS.unansweredMax',
    },
    { id: 'pace-no-spread', file: PACE, find: 'retryAfterMs + backoff(0)', by: 'retryAfterMs' },
    { id: 'pace-counts-all', file: PACE, find: 'if (!this.paused) this.#refusals++;', by: 'this.#refusals++;' },
    { id: 'pace-shortens', file: PACE, find: '    if (Date.now() + wait <= this.#until) return;\n', by: '' },
    {
      id: 'watch-impatient',
      file: WATCH,
      find: '>= this.#silenceMs) this.#dead()',
      by: '>= this.#silenceMs / 2) this.#dead()',
    },
    { id: 'watch-looks-often', file: WATCH, find: 'IDLE = 3', by: 'IDLE = 1' },
    { id: 'watch-no-grace', file: WATCH, find: 'GRACE_MS = 3_000', by: 'GRACE_MS = 100' },
    { id: 'dial-waits', file: 'specs/client/attempt.ts', find: 'PATIENCE_MS = 15_000', by: 'PATIENCE_MS = 150_000' },
    {
      id: 'cursor-back',
      file: 'specs/client/cursor.ts',
      find: `seq === next ? 'next' : seq < next ? 'passed' : 'ahead'`,
      by: `seq >= next ? 'next' : 'passed'`,
      tests: [...CURSOR, 'specs/client/tests/room_socket_events.test.ts'],
    },
    {
      id: 'cursor-without-room',
      file: 'specs/client/cursor.ts',
      find: `...(this.roomId === undefined ? {} : { roomId: this.roomId })`,
      by: '',
      tests: CURSOR,
    },
    {
      id: 'resend-new-order',
      file: 'specs/client/send_queue.ts',
      find: 'for (const message of this.#waiting.values()) message.sentAt = undefined;',
      by: 'this.#waiting.clear();',
      tests: QUEUE,
    },
    {
      id: 'resends-what-is-under-way',
      file: 'specs/client/send_queue.ts',
      find: '      if (message.sentAt !== undefined) continue;\n',
      by: '',
      tests: QUEUE,
    },
    {
      id: 'acknowledged-by-anybody',
      file: 'specs/client/send_queue.ts',
      find: ' || stored.username !== this.#username',
      by: '',
      tests: QUEUE,
    },
    {
      id: 'unknown-code-repeats',
      file: 'specs/client/send_queue.ts',
      find: `{ retry: 'later', stored: 'unknown' }`,
      by: `{ retry: 'same-id', stored: 'no' }`,
      tests: QUEUE,
    },
  ],
);
