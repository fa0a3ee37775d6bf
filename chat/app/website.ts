// The internal wire to the website: append, read, open, compare, wait for changes, keys. Every answer is checked against
// the contract; one that is off-spec counts as none. Never retries: who asks knows best.
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

/** The website did not answer, refused, or answered off-spec: nothing is known about what was asked. */
export class WebsiteError extends Error {
  override name = 'WebsiteError';
}

type Kind = 'calls' | 'pages' | 'changes';
type Pools = Readonly<Record<Kind, Pool>>;

/**
 * An append that takes longer is on a dead connection: the website itself gives up earlier. The sender hears
 * `store_unavailable` then, and sends it again with its id.
 */
const APPEND_MS = 3_000;
/** From when a call has a connection: a crowd may have to wait for one. */
const CALL_MS = 5_000;
const CONNECT_MS = 2_000;

export class Website {
  /** Each kind of call has connections of its own: a storm of resumes stands before no append, and neither before the news. */
  #pools: Pools;
  /** Of before a connection was found dead: calls that are under way end there. */
  readonly #retired = new Set<Pool>();
  readonly #url: string;
  readonly #headers: Record<string, string>;
  /** How many pages of logs were asked for. */
  pagesRead = 0;
  /** Calls that failed: no answer, a refusal, an answer that is off-spec. Those that were called off do not count. */
  readonly failures = new Tally(['no_answer', 'refused', 'off_spec']);

  /** Who asks for changes. */
  readonly #self: () => Pick<Schemas['ChangesQuery'], 'replica' | 'brokered'>;

  /**
   * @param url of the internal listener, without a path.
   * @param self names this process, and says whether a broker connects it to the others.
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

  /** One outcome a message, in the order of the batch. */
  async append(messages: readonly Append[], wait: boolean): Promise<AppendOutcome[]> {
    const signal = AbortSignal.timeout(APPEND_MS);
    const { results } = await this.#post(validateAppendResult, '/messages', { messages, wait }, 'calls', signal);
    if (results.length !== messages.length) {
      this.failures.add('off_spec');
      throw new WebsiteError('an append got another number of outcomes');
    }
    return results;
  }

  /** Undefined: there is no such room. */
  openRoom(roomId: string): Promise<Schemas['OpenedRoom'] | undefined> {
    return this.#find(validateOpenedRoom, 'calls', `/rooms/${roomId}`);
  }

  /** A page of the log after a seq; undefined: there is no such room. */
  read(roomId: string, after: number, limit: number): Promise<Schemas['StoredEvents'] | undefined> {
    this.pagesRead += 1;
    return this.#find(validateStoredEvents, 'pages', `/rooms/${roomId}/events?after=${after}&limit=${limit}`);
  }

  compare(rooms: readonly RoomPosition[]): Promise<Schemas['RoomComparison']> {
    return this.#post(validateRoomComparison, '/rooms/compare', { rooms });
  }

  /** Waits for a second at the most. */
  changes(query: Schemas['ChangesQuery'], signal: AbortSignal): Promise<Schemas['Changes']> {
    return this.#post(validateChanges, '/changes', { ...this.#self(), ...query }, 'changes', signal);
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
      headersTimeout: CALL_MS,
      bodyTimeout: CALL_MS,
      connect: { timeout: CONNECT_MS },
      keepAliveTimeout: 4_000,
    };
    const pool = (connections: number) => new Pool(this.#url, { ...options, connections });
    return { calls: pool(32), pages: pool(16), changes: pool(1) };
  }

  /** A connection was found dead: the idle ones may be as well, and no call shall have to find out. */
  #reopen(dead: Pools): void {
    if (dead !== this.#pools) return;
    this.#pools = this.#open();
    for (const pool of Object.values(dead)) {
      this.#retired.add(pool);
      void pool.close().then(() => this.#retired.delete(pool));
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
    kind: Kind = 'calls',
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#checked(validate, await this.#request(kind, 'POST', path, body, signal), path);
  }

  async #request(
    kind: Kind,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const pools = this.#pools;
    try {
      const { statusCode, body: stream } = await pools[kind].request({
        method,
        path: `/internal${path}`,
        headers: this.#headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(signal ? { signal } : {}),
      });
      return { status: statusCode, body: await stream.json() };
    } catch (cause) {
      if (!signal?.aborted || (signal.reason as Error | undefined)?.name === 'TimeoutError')
        this.failures.add('no_answer');
      if (isDead(cause)) this.#reopen(pools);
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

/** No answer in time, or the connection broke; a call that this process gave up itself says nothing of its connection. */
const isDead = (error: unknown): boolean => {
  const { name, code } = error as { name?: string; code?: string };
  return (
    name === 'TimeoutError' ||
    /^(UND_ERR_(SOCKET|(CONNECT|HEADERS|BODY)_TIMEOUT)|ECONNRESET|ETIMEDOUT|EPIPE)$/.test(code ?? '')
  );
};
