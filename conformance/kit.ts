// What the scenarios use: operations, accounts, rooms and sockets. Deletes the rooms and ends the sessions after the
// run. Knows the server only through the contract.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AskOptions, ask, LONGEST_WAIT, WAITS } from './ask.ts';
import { filled, HANDSHAKE, operationOf } from './contract.ts';
import { Guard } from './guard.ts';
import type { Answer, Json } from './http.ts';
import { inLanes } from './lanes.ts';
import { OpenWires } from './open_wires.ts';
import { assemble, type Cast, type Credentials, newCookie, newToken, type Person } from './people.ts';
import { Random } from './random.ts';
import { Mismatch } from './row.ts';
import { type Dial, Refused, Wire } from './wire.ts';
import { Witness } from './witness.ts';

export interface CallOptions extends AskOptions {
  room?: string;
  /** The id of a message. */
  message?: string;
  emoji?: string;
  /** The user in the path. */
  username?: string;
  /** The id of a session. */
  session?: string;
  query?: string;
  /** Replaces the method, or the path, of the operation. */
  method?: string;
  path?: string;
}

export interface JoinOptions {
  after?: number;
  roomId?: string;
  /** A room token to use again instead of a new one. */
  token?: string;
  autoPong?: boolean;
}

export class Kit {
  readonly url: URL;
  readonly #seed: number;
  readonly witness = new Witness();
  readonly guard = new Guard();
  readonly tag = randomBytes(4).toString('hex');
  cast!: Cast;
  readonly #rooms = new Map<string, Credentials>();
  readonly #sessions = new Set<Credentials>();
  readonly openWires = new OpenWires();
  readonly #shared = new Map<string, Promise<unknown>>();
  #names = 0;

  constructor(url: string, seed: number) {
    this.url = new URL(url);
    this.#seed = seed;
  }

  async start(): Promise<void> {
    this.cast = await assemble((id, options) => this.call(id, options));
  }

  /** A generator that gives the same numbers for the same seed, whatever other rows do. */
  chance(): Random {
    return new Random(this.#seed);
  }

  /** Sends one request of the contract; any answer is checked against the contract. */
  call(id: string, options: CallOptions = {}): Promise<Answer> {
    const operation = operationOf(id);
    const { room = '', message = '', emoji = '', session = '', username = '' } = options;
    const places = { roomName: room, messageId: message, emoji, sessionId: session, username };
    const path = options.path ?? filled(operation.path, places);
    return ask(this, operation, options.method ?? operation.method, `${path}${options.query ?? ''}`, options);
  }

  /** Sends a request to a socket's path and returns the HTTP answer: 101 if the upgrade was accepted. */
  knock(path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
    return ask(this, HANDSHAKE, method, path, { headers, impatient: true });
  }

  /** A name that no room has. */
  name(): string {
    this.#names += 1;
    return `Kit ${this.tag} ${this.#names}`;
  }

  /** A new room, deleted after the run. */
  async room(owner: Person = this.cast.ann, name: string = this.name()): Promise<Json> {
    const answer = await this.call('createRoom', { as: owner, body: { name } });
    if (answer.status !== 201) throw new Mismatch('createRoom to answer 201', `${answer.status} ${answer.text}`);
    this.willDelete(name, owner);
    return answer.body;
  }

  /** Registers a room that may have to be deleted after the run. */
  willDelete(name: string, owner: Credentials): void {
    this.#rooms.set(name, owner);
  }

  async roomToken(as: Credentials, room: string): Promise<Json> {
    const answer = await this.call('issueRoomToken', { as, room });
    if (answer.status !== 201) throw new Mismatch('issueRoomToken to answer 201', `${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** A socket in a room, after its `room.joined`; `joined` is that frame. */
  async join(as: Credentials, room: string, options: JoinOptions = {}): Promise<Wire & { joined: Json }> {
    const { after, roomId, autoPong } = options;
    const given = options.token === undefined ? await this.roomToken(as, room) : undefined;
    const url = new URL(given?.url ?? this.socketUrl(room));
    if (after !== undefined) url.searchParams.set('after', String(after));
    if (roomId !== undefined) url.searchParams.set('roomId', roomId);
    const headers = { authorization: `Bearer ${given?.token ?? options.token}` };
    const wire = await this.dial({ url: url.href, headers, ...(autoPong === undefined ? {} : { autoPong }) });
    return Object.assign(wire, { joined: await wire.next('room.joined') });
  }

  /** Opens a socket; retries later after 429 and 503. Rejects with Refused. */
  async dial(dial: Dial): Promise<Wire> {
    for (let waits = 0; ; waits++) {
      try {
        const wire = await Wire.open(dial, this.witness);
        this.openWires.add(wire);
        return wire;
      } catch (error) {
        const later = error instanceof Refused && (error.status === 429 || error.status === 503) && waits < WAITS;
        if (!later) throw error;
        await sleep(Math.min(error.retryAfter ?? 1, LONGEST_WAIT) * 1_000);
      }
    }
  }

  /** The URL of a room's socket, for callers without a token that contains it. */
  socketUrl(room: string): string {
    const url = new URL(filled(HANDSHAKE.path, { roomName: room }), this.url);
    url.protocol = this.url.protocol.replace('http', 'ws');
    return url.href;
  }

  /** A new session that no other row uses, of `person` or of the account with the fewest log-ins. */
  async session(kind: 'token' | 'cookie' = 'token', person?: Person): Promise<Credentials> {
    const everybody = Object.values(this.cast) as Person[];
    const chosen = person ?? everybody.reduce((least, one) => (one.logins < least.logins ? one : least));
    const call = this.call.bind(this);
    const session =
      kind === 'token' ? { token: await newToken(call, chosen) } : { cookie: await newCookie(call, chosen) };
    this.#sessions.add(session);
    return session;
  }

  /** A value that several rows use: the first call creates it. */
  shared<T>(name: string, make: () => Promise<T>): Promise<T> {
    if (!this.#shared.has(name)) this.#shared.set(name, make());
    return this.#shared.get(name) as Promise<T>;
  }

  /** Deletes every room and ends every session; ignores failures. The accounts stay. */
  async finish(): Promise<void> {
    await this.guard.testify(this);
    const ignored = (attempt: Promise<unknown>) => attempt.catch(() => undefined);
    await inLanes(4, this.#rooms, ([room, as]) => ignored(this.call('deleteRoom', { as, room })));
    const sessions: Credentials[] = [...this.#sessions, ...(this.cast ? (Object.values(this.cast) as Person[]) : [])];
    await inLanes(4, sessions, (as) => ignored(this.call('logOut', { as })));
  }
}
