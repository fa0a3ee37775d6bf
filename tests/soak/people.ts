// The users of a soak, their texts, and their clients, which connect to any website and chat, as behind a load balancer.
import { type Client, createClient } from '@parlance/client';
import type { Random } from '../../conformance/random.ts';
import { PASSWORD, person } from '../people.ts';
import { Ledger, Miss } from './ledger.ts';
import type { Seat, Told } from './seat.ts';
import { RawSeat } from './seat_raw.ts';
import { SdkSeat } from './seat_sdk.ts';
import { checkedWebSocket } from './wire_check.ts';

export interface User {
  username: string;
  token: string;
  client: Client;
}

export interface Town {
  websiteUrls: readonly string[];
  chatUrls: readonly string[];
  /** URLs to which clients of one kind connect instead: those of a test's faulty proxy. */
  betrayed?: { kind: Kind; chatUrls: readonly string[] };
  told: Told;
  fail(miss: Miss): void;
}

export type Kind = 'sdk' | 'raw';

/** Timeout of a request, ms. Only a fault makes a request exceed it. */
const REQUEST_MS = 20_000;
/** How long a request is retried, ms: longer than any fault lasts on a busy machine. */
const INSIST_MS = 600_000;

export class People {
  readonly #town: Town;
  #turn = 0;

  constructor(town: Town) {
    this.#town = town;
  }

  get town(): Town {
    return this.#town;
  }

  /** Registers a user. Retries, since hashing the password can take long on a busy machine. */
  async register(): Promise<User> {
    const asPassing = (error: Error) => Promise.reject(Object.assign(error, { retry: 'later' }));
    const { username, token } = await insist(() => person(this.#website()).catch(asPassing));
    return { username, token, client: this.client(token) };
  }

  /** Opens another session of a user. */
  async logIn(user: User): Promise<User> {
    const credentials = { email: `${user.username}@example.org`, password: PASSWORD };
    const { accessToken } = await insist((signal) => user.client.createAccessToken(credentials, { signal }));
    return { ...user, token: accessToken, client: this.client(accessToken) };
  }

  async createRoom(owner: User, name: string): Promise<Ledger> {
    const made = insist((signal) => owner.client.createRoom({ name }, { signal }));
    // When the answer to a creation was lost, the retry gets room_name_taken.
    return new Ledger(
      await made.catch((error) => {
        if (error.code !== 'room_name_taken') throw error;
        return insist((signal) => owner.client.getRoom(name, { signal }));
      }),
    );
  }

  /** Joins a room. With `after` 0 the seat receives the room's log from its beginning, without `after` only new events. */
  join(kind: Kind, user: User, ledger: Ledger, after?: number): Seat {
    const { told, fail } = this.#town;
    if (kind === 'sdk') return new SdkSeat(user.client, after, user.username, ledger, told, fail);
    const way = { token: user.token, websiteUrl: () => this.#website(), chatUrl: () => this.#chat('raw') };
    return new RawSeat(way, after, user.username, ledger, told, fail);
  }

  /** A client whose requests go to the websites in turn, and whose sockets go to random chats. */
  client(accessToken: string): Client {
    const { fail } = this.#town;
    const WebSocket = checkedWebSocket(
      (url) => url.replace(/^ws:\/\/[^/]+/, this.#chat('sdk')),
      (what) => fail(new Miss(`an SDK client ${what}`)),
    );
    const fetch = (input: string | URL | Request) => {
      const request = input as Request;
      return globalThis.fetch(new Request(request.url.replace(/^http:\/\/[^/]+/, this.#website()), request));
    };
    return createClient({
      baseUrl: this.#town.websiteUrls[0],
      accessToken,
      WebSocket,
      fetch: fetch as typeof globalThis.fetch,
    });
  }

  #website(): string {
    const { websiteUrls } = this.#town;
    return websiteUrls[this.#turn++ % websiteUrls.length]!;
  }

  #chat(kind: Kind): string {
    const { chatUrls, betrayed } = this.#town;
    const urls = betrayed?.kind === kind ? betrayed.chatUrls : chatUrls;
    return urls[Math.floor(Math.random() * urls.length)]!;
  }
}

/**
 * Sends a request until it is answered: retries timeouts, lost answers and temporary refusals, for longer than any fault
 * lasts. Rejects with a final refusal.
 */
export async function insist<T>(ask: (signal: AbortSignal) => Promise<T>, ms = INSIST_MS): Promise<T> {
  for (const deadline = performance.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 300))) {
    try {
      return await ask(AbortSignal.timeout(REQUEST_MS));
    } catch (error) {
      const { retry, name } = error as { retry?: string; name?: string };
      const passes = retry === 'same-id' || retry === 'later' || name === 'TimeoutError' || name === 'AbortError';
      if (!passes || performance.now() > deadline) throw error;
    }
  }
}

const WORDS =
  'kettle cake garden brought river somebody window 晚安 évening ключ 🫖 quarter <b>bold</b> "quoted" \\ slash'.split(
    ' ',
  );

/** Generates a text: most are short, one in a hundred has 400 words. */
export function textOf(random: Random, number: number): string {
  const chance = random.next();
  const words = chance < 0.01 ? 400 : 3 + Math.floor(random.next() * 12);
  return `${number} ${Array.from({ length: words }, () => random.pick(WORDS)).join(' ')}`;
}
