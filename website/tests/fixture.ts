// Helpers of the website's tests, beside tests/people.ts: cookies, raw bytes, the internal API, direct database access.
// The only assertion about the website is that a problem has the form that the contract defines.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { validateProblem } from '@parlance/specs/validators.js';
import pg from 'pg';
import { type Answer, call, type Json, PASSWORD } from '../../tests/people.ts';
import { SECRETS, startWebsitePart, testDatabase, type WebsitePart } from '../../tests/stack.ts';

export interface TestWebsite extends WebsitePart {
  databaseUrl: string;
  /** A database connection for the test itself. */
  sql: pg.Client;
  /** Starts another replica, or the same one after stop(). It stops with the test's website. */
  again(environment?: Record<string, string>): Promise<WebsitePart>;
}

/** Starts a website without chat on a new empty database. */
export async function startTestWebsite(environment: Record<string, string> = {}): Promise<TestWebsite> {
  const database = await testDatabase();
  const part = await startWebsitePart(database.url, environment);
  const sql = await connectSql(database.url);
  const parts = [part];
  return {
    ...part,
    databaseUrl: database.url,
    sql,
    again: async (other = environment) => {
      const made = await startWebsitePart(database.url, other);
      parts.push(made);
      return made;
    },
    stop: async () => {
      await sql.end();
      await Promise.all(parts.map((one) => one.stop()));
      await database.drop();
    },
  };
}

export async function connectSql(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'the test' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Asserts that an answer is this problem and well-formed. `pointer` is where its first error points. */
export function assertProblem(answer: Answer, code: ProblemCode, pointer?: string): void {
  assert.equal(answer.body?.code, code, `${answer.status} ${JSON.stringify(answer.body)}`);
  assert.equal(answer.status, PROBLEMS[code].status);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.ok(validateProblem(answer.body), JSON.stringify(validateProblem.errors));
  assert.equal(answer.headers.get('x-request-id'), answer.body.requestId);
  const retries = PROBLEMS[code].status === 429 || PROBLEMS[code].status === 503;
  if (retries) assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  if (pointer !== undefined) assert.equal(answer.body.errors?.[0]?.pointer, pointer, JSON.stringify(answer.body));
}

/** Logs in as a browser does. @returns the answer and the cookie, `name=value`. */
export async function logIn(
  url: string,
  email: string,
  headers: Record<string, string> = {},
): Promise<{ answer: Answer; cookie: string }> {
  const answer = await call(url, 'POST', '/api/session', { body: { email, password: PASSWORD }, headers });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return { answer, cookie: answer.headers.getSetCookie()[0]!.split(';')[0]! };
}

/** The handle of the session that a token names. */
export const sidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid;

/** Calls the internal API, by default with the secret. */
export const internal = (
  part: { internalUrl: string },
  method: string,
  path: string,
  body?: unknown,
  token: string = SECRETS.INTERNAL_SECRET,
): Promise<Answer> => call(part.internalUrl, method, `/internal${path}`, { body, token });

/** Sends `text` as it is and reads until an answer is complete or the server closes the connection. */
export function raw(url: string, text: string, patienceMs = 5_000): Promise<Answer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
  let received = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text, 'latin1'));
  const timer = setTimeout(() => end(), patienceMs);
  const end = () => {
    clearTimeout(timer);
    resolve(parse(received));
    socket.destroy();
  };
  socket.setEncoding('latin1');
  socket.on('error', end).on('close', end);
  socket.on('data', (chunk) => {
    received += chunk;
    const answer = parse(received);
    if (answer?.whole) end();
  });
  return promise;
}

function parse(received: string): (Answer & { whole: boolean }) | undefined {
  const [head = '', text = ''] = received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split(/\r\n\r\n(.*)/s, 2);
  if (head === '') return undefined;
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
  const whole = headers.get('content-length') === String(text.length);
  const isJson = whole && (headers.get('content-type')?.includes('json') ?? false);
  const body: Json = isJson && text ? JSON.parse(Buffer.from(text, 'latin1').toString()) : text;
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]), headers, body, whole };
}

/** Waits until `holds` returns true. Fails after `ms`. */
export async function eventually(holds: () => Promise<boolean> | boolean, ms = 5_000): Promise<void> {
  const until = performance.now() + ms;
  while (!(await holds())) {
    assert.ok(performance.now() < until, `not true within ${ms} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A connection that is closed when the test ends. */
export async function sqlFor(t: TestContext, url: string): Promise<pg.Client> {
  const client = await connectSql(url);
  t.after(() => client.end());
  return client;
}

/**
 * A TCP proxy to the database. cut() closes all connections, and new ones until mend().
 * freeze(): open connections stay open but never carry data again; new ones work, as after a failover.
 * darken(): as freeze(), and connections opened before mend() carry no data either.
 */
export async function databaseCable(
  t: TestContext,
  databaseUrl: string,
): Promise<{ url: string; cut(): void; mend(): void; freeze(): void; darken(): void }> {
  const there = new URL(databaseUrl);
  const open = new Set<Socket>();
  const hanging = new Set<Socket>();
  let isCut = false;
  let isDark = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    if (isDark) return void hanging.add(near.on('error', () => undefined).pause());
    const far = connect(Number(there.port), there.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  });
  // Listens even while cut, so that no other process takes the port.
  const cut = () => {
    isCut = true;
    for (const socket of [...open, ...hanging]) socket.destroy();
  };
  const mend = () => {
    isCut = false;
    isDark = false;
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    cut();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  const freeze = () => {
    for (const socket of open) socket.unpipe().pause();
  };
  const darken = () => {
    isDark = true;
    freeze();
  };
  return { url: url.href, cut, mend, freeze, darken };
}

/** Random numbers from a seed (mulberry32), so that failures are reproducible. @returns numbers from 0 to below 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
