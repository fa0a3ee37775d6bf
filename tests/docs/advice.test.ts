// The advice of the contract in words says what its fields say: what a client does after a code, a close code or a refused
// upgrade, and which codes a description explains. Programs follow the fields, people the words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { CLOSE, CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';
import { WEBSITE_SETTINGS } from '../../website/app/settings.ts';

interface Row {
  title: string;
  retry: string;
  stored?: string;
  advice: string;
}

/** Refusals that a browser gets as a close code. chat/tests/capacity.test.ts sees both. */
const CAPACITY: Record<string, number> = {
  too_many_sockets: CLOSE.too_many_sockets,
  unavailable: CLOSE.try_again_later,
};

const problems: [code: string, row: Row][] = Object.entries({ ...SOCKET_ERRORS, ...PROBLEMS });
const statuses = PROBLEMS as Record<string, { status: number } | undefined>;

/** What sends a reader to repeat the same request. */
const REPEATS =
  /\b(?:try again|send it again|repeat it|(?:send|repeat) the same|again[^.]*with (?:the|its) same id)\b/i;
/** Sentences that forbid something are not what a reader does. */
const instructions = (text: string) =>
  text
    .split(/(?<=\.) /)
    .filter((sentence) => !/\b(?:never|do not|cannot)\b/i.test(sentence))
    .join(' ');

test('the advice for a code tells to repeat the request if and only if its retry does', () => {
  for (const [code, { retry, advice }] of problems) {
    if (retry === 'never') assert.doesNotMatch(instructions(advice), REPEATS, code);
    if (retry === 'later') assert.match(advice, /\bwait\b|\blater\b/i, code);
    if (retry === 'same-id') assert.match(advice, /\bagain\b|\brepeat\b|\breconnect\b|\bsend the same\b/i, code);
  }
});

test('the advice for a code after which a message may be stored keeps the id, and the title says what is unknown', () => {
  const unknown = problems.filter(([, { stored }]) => stored === 'unknown');
  assert.ok(unknown.length >= 4);
  for (const [code, { retry, advice }] of unknown) {
    assert.equal(retry, 'same-id', code);
    assert.match(advice, /\bsame id\b/, code);
  }
  for (const [code, { title, stored }] of problems) {
    if (/\bunknown\b/.test(title)) assert.equal(stored, 'unknown', code);
  }
});

test('a code that names a wait names the header and the property that have it', () => {
  for (const [code, { retry, advice }] of problems) {
    const status = statuses[code]?.status;
    const waits = status === 429 || status === 503;
    if (!waits) assert.doesNotMatch(advice, /Retry-After/, code);
    if (/\bwait\b/i.test(advice) && status !== undefined) assert.match(advice, /`Retry-After`/, code);
    if (advice.includes('retryAfterMs')) assert.ok(code in SOCKET_ERRORS, code);
    assert.ok(retry !== 'later' || waits, code);
  }
});

test('the advice for a close code reconnects if and only if its client does, with the wait of its backoff', () => {
  for (const [code, { client, advice, ...row }] of Object.entries(CLOSE_CODES)) {
    const told = instructions(advice);
    if (client === 'reconnect') assert.match(told, /\breconnects?\b/i, code);
    else assert.doesNotMatch(told, /\breconnects?\b/i, code);
    if (client === 'fix') assert.match(told, /^(?:Correct|Send)\b/, code);
    const backoff = 'backoff' in row ? row.backoff : undefined;
    assert.equal(/\blonger backoff\b/.test(advice), backoff === 'longer', code);
    if (backoff) assert.match(advice, /\bbackoff\b/, code);
  }
});

test('what a client does after a refused upgrade is what the codes say, and a full server closes with its codes', () => {
  const refusals = Object.entries(asyncapi.channels.room['x-handshake']);
  assert.ok(refusals.length >= 10);
  for (const [status, refusal] of refusals) {
    const { codes, client } = refusal as { codes: (keyof typeof PROBLEMS)[]; client: string; closeCode?: number };
    for (const code of codes) assert.equal(PROBLEMS[code].status, Number(status), code);
    const retries = codes.map((code) => PROBLEMS[code].retry);
    if (status === '401') assert.match(client, /new token.*backoff/i);
    else if (retries.every((retry) => retry === 'never')) assert.match(client, /^Stop\b/, status);
    else assert.match(client, /^Reconnect with/, status);
    const isFull = status === '429' || status === '503';
    assert.equal(/longer backoff, after `Retry-After`/.test(client), isFull, status);
    const closeCode = 'closeCode' in refusal ? refusal.closeCode : undefined;
    assert.equal(closeCode, CAPACITY[codes[0]!], status);
    if (closeCode) assert.equal((CLOSE_CODES[closeCode as 4003] as { backoff?: string }).backoff, 'longer');
  }
});

interface Response {
  description: string;
  'x-codes': string[];
  headers?: object;
}

test('a refusal of the API explains each of its codes, and names no other', () => {
  const responses = Object.entries(openapi.components.responses as unknown as Record<string, Response>);
  assert.ok(responses.length > 30);
  for (const [name, { description, 'x-codes': codes, headers = {} }] of responses) {
    const named = Array.from(description.matchAll(/`([a-z_]+)`/g), ([, code]) => code!);
    for (const code of named) assert.ok(codes.includes(code), `${name} explains ${code}, which it does not have`);
    if (codes.length > 1) {
      const unnamed = codes.filter((code) => !named.includes(code));
      assert.ok(unnamed.length <= 1 && (unnamed.length === 0 || unnamed[0] === codes[0]), `${name}: ${unnamed}`);
    }
    const status = String(statuses[codes[0]!]!.status);
    const needed = { 401: 'WWW-Authenticate', 405: 'Allow', 429: 'Retry-After', 503: 'Retry-After' }[status];
    assert.deepEqual(Object.keys(headers), needed ? [needed] : [], name);
  }
});

/** Words that tell one code from another; small words and those of every refusal are none. */
const wordsOf = (text: string) =>
  new Set(
    text
      .toLowerCase()
      .match(/[a-z]{4,}/g)
      ?.map((word) => word.replace(/(?:s|ed)$/, '')),
  );

test('what a refusal says before a code is about that code', () => {
  const responses = Object.entries(openapi.components.responses as unknown as Record<string, Response>);
  for (const [name, { description }] of responses) {
    for (const [, clause, code] of description.replaceAll('emoji', 'reactions').matchAll(/([^(]*)\(`([a-z_]+)`\)/g)) {
      const title = wordsOf(PROBLEMS[code as keyof typeof PROBLEMS].title);
      const shared = [...wordsOf(clause!)].filter(
        (word) => title.has(word) && !['room', 'user', 'other'].includes(word),
      );
      const named = code!.split('_').filter((word) => clause!.toLowerCase().includes(word));
      assert.ok(shared.length + named.length > 0, `${name}: ${clause} (${code})`);
    }
  }
});

test('a status beside a code is the status of that code, wherever the contract names both', () => {
  const text = JSON.stringify([openapi, asyncapi, PROBLEMS, CLOSE_CODES]);
  const pairs = Array.from(text.matchAll(/\b([45]\d\d) `([a-z_]+)`/g));
  assert.ok(pairs.length >= 3, `${pairs.length}`);
  for (const [, status, code] of pairs) assert.equal(Number(status), statuses[code!]?.status, code);
});

test('what stands in code font in the advice is known: codes, headers, settings, limits, properties', () => {
  const properties = JSON.stringify([openapi.components.schemas, asyncapi.components.schemas]);
  const known = (name: string) =>
    [...problems.map(([code]) => code), ...Object.keys(CLOSE), ...Object.keys(LIMITS)].includes(name) ||
    ['Allow', 'Retry-After', 'ETag'].includes(name) ||
    name in WEBSITE_SETTINGS ||
    properties.includes(`"${name}":`);
  const texts = [...problems.map(([, { advice }]) => advice), ...Object.values(CLOSE_CODES).flatMap(Object.values)];
  for (const [, name] of texts.join(' ').matchAll(/`([^`]+)`/g)) assert.ok(known(name!), name);
});

test('an operation for some users says for whom, as its refusals do', () => {
  const operations = Object.values(openapi.paths).flatMap((item) => Object.values(item as object));
  const codesOf = (operation: { responses: Record<string, { $ref?: string }> }) =>
    Object.values(operation.responses).flatMap(({ $ref = '' }) => {
      const response = (openapi.components.responses as unknown as Record<string, Response>)[$ref.split('/').at(-1)!];
      return response?.['x-codes'] ?? [];
    });
  for (const operation of operations) {
    const { operationId, description } = operation;
    const codes = codesOf(operation);
    if (codes.includes('not_administrator')) assert.match(description, /\badministrators\b/i, operationId);
    if (codes.includes('not_room_owner')) assert.match(description, /\bowner\b[^.]*\badministrators\b/i, operationId);
    if (codes.includes('not_message_author')) assert.match(description, /\bauthor\b/, operationId);
  }
});
