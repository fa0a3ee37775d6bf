// The internal wire to the website: append, read, open, compare, wait for changes, keys. Every answer is checked against
// the contract; one that is off-spec counts as none. Never retries: who asks knows best.
import type { components } from '@parlance/specs/internal.ts';
import {
  type Validate,
  validateAppendResult,
  validateChanges,
  validateJwks,
  validateMessagePage,
  validateOpenedRoom,
  validateRoomComparison,
} from '@parlance/specs/validators.js';
import { Pool } from 'undici';

type Schemas = components['schemas'];
export type Append = Schemas['Append'];
export type AppendOutcome = Schemas['AppendOutcome'];
export type Message = Schemas['Message'];
export type RoomPosition = Schemas['RoomPosition'];

/** The website did not answer, refused, or answered off-spec: nothing is known about what was asked. */
export class WebsiteError extends Error {
  override name = 'WebsiteError';
}

export class Website {
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;

  /** @param url of the internal listener, without a path. */
  constructor(url: string, secret: string) {
    this.#pool = new Pool(url, {
      connections: 64,
      headersTimeout: 8_000,
      bodyTimeout: 8_000,
      connect: { timeout: 3_000 },
      keepAliveTimeout: 4_000,
    });
    this.#headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  }

  /** One outcome a message, in the order of the batch. */
  async append(messages: readonly Append[], wait: boolean): Promise<AppendOutcome[]> {
    const { results } = await this.#call(validateAppendResult, 'POST', '/messages', { messages, wait });
    if (results.length !== messages.length) throw new WebsiteError('an append got another number of outcomes');
    return results;
  }

  /** Undefined: there is no such room. */
  openRoom(roomId: string): Promise<Schemas['OpenedRoom'] | undefined> {
    return this.#find(validateOpenedRoom, `/rooms/${roomId}`);
  }

  /** A page of the log after a seq; undefined: there is no such room. */
  read(roomId: string, after: number, limit: number): Promise<Schemas['MessagePage'] | undefined> {
    return this.#find(validateMessagePage, `/rooms/${roomId}/messages?after=${after}&limit=${limit}`);
  }

  compare(rooms: readonly RoomPosition[]): Promise<Schemas['RoomComparison']> {
    return this.#call(validateRoomComparison, 'POST', '/rooms/compare', { rooms });
  }

  /** Waits for a second at the most. */
  changes(cursor: string | undefined, signal: AbortSignal): Promise<Schemas['Changes']> {
    return this.#call(validateChanges, 'POST', '/changes', cursor === undefined ? {} : { cursor }, signal);
  }

  async jwks(): Promise<Schemas['Jwk'][]> {
    return (await this.#call(validateJwks, 'GET', '/jwks')).keys;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #find<T>(validate: Validate<T>, path: string): Promise<T | undefined> {
    const { status, body } = await this.#request('GET', path);
    return status === 404 ? undefined : checked(validate, status, body, path);
  }

  async #call<T>(
    validate: Validate<T>,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<T> {
    const answer = await this.#request(method, path, body, signal);
    return checked(validate, answer.status, answer.body, path);
  }

  async #request(method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal) {
    try {
      const { statusCode, body: stream } = await this.#pool.request({
        method,
        path: `/internal${path}`,
        headers: this.#headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(signal ? { signal } : {}),
      });
      return { status: statusCode, body: (await stream.json()) as unknown };
    } catch (cause) {
      throw new WebsiteError(`the website did not answer ${path.split('?')[0]}`, { cause });
    }
  }
}

function checked<T>(validate: Validate<T>, status: number, body: unknown, path: string): T {
  if (status !== 200) {
    throw new WebsiteError(`the website answered ${path} with ${status} ${(body as { code?: string } | null)?.code}`);
  }
  if (validate(body)) return body;
  const { instancePath, message } = validate.errors?.[0] ?? {};
  throw new WebsiteError(`the website answered ${path} off-spec: ${instancePath} ${message}`);
}
