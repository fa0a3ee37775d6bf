// One request of the contract: sends it as a user, waits when the server says so, and files whether the answer conforms
// to the contract. Never judges a row.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from './contract.ts';
import { type Answer, exchange, type Json } from './http.ts';
import type { Credentials } from './people.ts';
import { Skip } from './row.ts';
import { testify } from './testimony.ts';
import type { Witness } from './witness.ts';

/** Operations whose limits apply for longer than a run, so that earlier runs can have exhausted them. */
const COUNTED_LONG: readonly string[] = [
  ...['registerUser', 'logIn', 'createAccessToken'],
  ...['changePassword', 'deleteAccount', 'requestPasswordReset'],
];
/** The longest Retry-After that the kit waits for, in seconds, and the maximum number of waits for one request. */
export const LONGEST_WAIT = 15;
export const WAITS = 10;

export interface AskOptions {
  as?: Credentials;
  /** An object is sent as JSON; text and bytes as they are. */
  body?: Json;
  headers?: Record<string, string>;
  /** true: a 429 is returned like any other answer, not waited out. */
  impatient?: boolean;
}

/** @param path includes the query. @throws Skip if earlier runs have exhausted a limit that applies for longer. */
export async function ask(
  server: { url: URL; witness: Witness },
  operation: Operation,
  method: string,
  path: string,
  { as, body, impatient, headers: more }: AskOptions,
): Promise<Answer> {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const shown = as && ('token' in as ? { authorization: `Bearer ${as.token}` } : { cookie: as.cookie });
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const accept = 'application/json, application/problem+json';
  const headers = Object.fromEntries(
    Object.entries({ accept, ...type, ...shown, ...more }).filter(([, value]) => value !== ''),
  );
  for (let waits = 0; ; waits++) {
    const answer = await exchange(server.url, { method, path, headers, body: raw ? body : JSON.stringify(body) });
    const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN);
    const mayWait = retryAfter <= LONGEST_WAIT && waits < WAITS;
    // A server on a busy machine may answer 503: repeating the request is safe.
    if (answer.status !== 503 || !mayWait) {
      testify(server.witness, operation, method, path, answer);
      if (answer.status !== 429 || impatient) return answer;
      if (retryAfter > LONGEST_WAIT && COUNTED_LONG.includes(operation.id)) {
        throw new Skip(`earlier runs have exhausted a limit of this address, for ${Math.ceil(retryAfter / 60)} min`);
      }
      if (!mayWait) return answer;
    }
    await sleep(retryAfter * 1_000);
  }
}
