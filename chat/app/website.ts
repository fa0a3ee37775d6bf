// The client of the website's internal API: append, read, open, compare, changes, keys. Validates every answer against
// the contract; an off-spec answer counts as a failure. Never retries: the caller decides.
import { Tally } from '@parlance/service/metrics.ts';
import type { components } from '@parlance/specs/internal.ts';
import {
  type Validate,
  validateAppendResult,
  validateChanges,
  validateJwks,
  validateOpenedRoom,
  validateRoomComparison,
  validateStoredEvents,
} from '@parlance/specs/validators.js';
import { Pool } from 'undici';

type Schemas = components['schemas'];
export type Append = Schemas['Append'];
export type AppendOutcome = Schemas['AppendOutcome'];
/** An event of a room's log, of any type. */
export type LogEvent = Schemas['StoredEvent'];
export type RoomPosition = Schemas['RoomPosition'];

/** The website did not answer, refused, or answered off-spec: the outcome of the call is unknown. */
export class WebsiteError extends Error {
  override name = 'WebsiteError';
}

type Kind = 'appends' | 'calls' | 'pages' | 'changes';
type Pools = Readonly<Record<Kind, Pool>>;

/**
 * Timeout of an append; the website's own timeout is shorter. After it the sender receives `store_unavailable` and
 * retries with the same id.
 */
const APPEND_MS = 3_000;
const COMPARE_MS = 2_000;
const CALL_MS = 5_000;
const CONNECT_MS = 2_000;
/** A timeout means a dead connection only if the website has answered no other call for this long. */
const SILENT_MS = 1_000;

export class Website {
  /** A connection pool per kind of call: a storm of joins or resumes delays no append and no changes. */
  #pools: Pools;
  /** Replaced pools, kept until their calls in flight have ended. */
  readonly #retired = new Set<Pool>();
  /** When the website last answered any call, ms of performance.now(). */
  #answeredAt = Number.NEGATIVE_INFINITY;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  /** Number of log pages requested. */
  pagesRead = 0;
  /** Failed calls: no answer, a refusal, or an off-spec answer. Aborted calls do not count. */
  readonly failures = new Tally(['no_answer', 'refused', 'off_spec']);

  /** This replica, sent with each call for changes. */
  readonly #self: () => Pick<Schemas['ChangesQuery'], 'replica' | 'brokered'>;

  /**
   * @param url of the website's internal listener, without a path.
   * @param self returns the id of this replica and whether a broker connects it to the others.
   */
  constructor(
    url: string,
    secret: string,
    self: () => Pick<Schemas['ChangesQuery'], 'replica' | 'brokered'> = () => ({}),
  ) {
    this.#self = self;
    this.#url = url;
    this.#pools = this.#open();
    this.#headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  }

  /** Returns one outcome per message, in the order of the batch. */
  async append(messages: readonly Append[], wait: boolean): Promise<AppendOutcome[]> {
    const { results } = await this.#post(validateAppendResult, '/messages', { messages, wait }, 'appends', APPEND_MS);
    if (results.length !== messages.length) {
      this.failures.add('off_spec');
      throw new WebsiteError('an append returned the wrong number of outcomes');
    }
    return results;
  }

  /** Undefined: the room does not exist. */
  openRoom(roomId: string): Promise<Schemas['OpenedRoom'] | undefined> {
    return this.#find(validateOpenedRoom, 'calls', `/rooms/${roomId}`);
  }

  /** Reads a page of the log after a seq; undefined: the room does not exist. */
  read(roomId: string, after: number, limit: number): Promise<Schemas['StoredEvents'] | undefined> {
    this.pagesRead += 1;
    return this.#find(validateStoredEvents, 'pages', `/rooms/${roomId}/events?after=${after}&limit=${limit}`);
  }

  compare(rooms: readonly RoomPosition[]): Promise<Schemas['RoomComparison']> {
    return this.#post(validateRoomComparison, '/rooms/compare', { rooms }, 'calls', COMPARE_MS);
  }

  /** A long poll: the website answers after a second at most. */
  changes(query: Schemas['ChangesQuery'], signal: AbortSignal): Promise<Schemas['Changes']> {
    return this.#post(validateChanges, '/changes', { ...this.#self(), ...query }, 'changes', CALL_MS, signal);
  }

  async jwks(): Promise<Schemas['Jwk'][]> {
    const answer = await this.#request('calls', 'GET', '/jwks');
    return this.#checked(validateJwks, answer, '/jwks').keys;
  }

  async close(): Promise<void> {
    await Promise.all([...Object.values(this.#pools), ...this.#retired].map((pool) => pool.destroy()));
  }

  #open(): Pools {
    const options = {
      connect: { timeout: CONNECT_MS },
      keepAliveTimeout: 4_000,
    };
    const pool = (connections: number) => new Pool(this.#url, { ...options, connections });
    return { appends: pool(32), calls: pool(16), pages: pool(16), changes: pool(1) };
  }

  /**
   * Replaces all pools after a dead connection was found: otherwise each dead idle connection costs one call its
   * timeout.
   */
  #reopen(dead: Pools): void {
    if (dead !== this.#pools) return;
    this.#pools = this.#open();
    for (const pool of Object.values(dead)) {
      this.#retired.add(pool);
      const forget = () => this.#retired.delete(pool);
      pool.close().then(forget, forget);
    }
  }

  async #find<T>(validate: Validate<T>, kind: Kind, path: string): Promise<T | undefined> {
    const answer = await this.#request(kind, 'GET', path);
    return answer.status === 404 ? undefined : this.#checked(validate, answer, path);
  }

  async #post<T>(
    validate: Validate<T>,
    path: string,
    body: object,
    kind: Kind,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#checked(validate, await this.#request(kind, 'POST', path, body, timeoutMs, signal), path);
  }

  async #request(
    kind: Kind,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    timeoutMs = CALL_MS,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const pools = this.#pools;
    try {
      const { statusCode, body: stream } = await pools[kind].request({
        method,
        path: `/internal${path}`,
        headers: this.#headers,
        // Not AbortSignal.timeout(): each one creates an error and an event seconds after the answer.
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(signal ? { signal } : {}),
      });
      const answer = { status: statusCode, body: await stream.json() };
      this.#answeredAt = performance.now();
      return answer;
    } catch (cause) {
      if (!signal?.aborted || isLate(signal.reason)) this.failures.add('no_answer');
      const isSilent = performance.now() - this.#answeredAt > SILENT_MS;
      if (isBroken(cause) || (isLate(cause) && isSilent)) this.#reopen(pools);
      throw new WebsiteError(`the website did not answer ${path.split('?')[0]}`, { cause });
    }
  }

  #checked<T>(validate: Validate<T>, { status, body }: Answer, path: string): T {
    if (status !== 200) {
      this.failures.add('refused');
      throw new WebsiteError(`the website answered ${path} with ${status} ${(body as { code?: string } | null)?.code}`);
    }
    if (validate(body)) return body;
    this.failures.add('off_spec');
    const { instancePath, message } = validate.errors?.[0] ?? {};
    throw new WebsiteError(`the website answered ${path} off-spec: ${instancePath} ${message}`);
  }
}

interface Answer {
  status: number;
  body: unknown;
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? '';

/** The connection broke, or could not be established in time. */
const isBroken = (error: unknown): boolean =>
  /^(UND_ERR_(SOCKET|CONNECT_TIMEOUT)|ECONNRESET|ETIMEDOUT|EPIPE)$/.test(codeOf(error));

/** No answer in time. */
const isLate = (error: unknown): boolean =>
  (error as Error).name === 'TimeoutError' || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(codeOf(error));
