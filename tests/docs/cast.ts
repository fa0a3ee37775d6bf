// The users of the documents: ann, bob and the bot, with the password shown there, and their Tea room. Speaks the raw
// protocol.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Answer, call, type Json } from '../people.ts';

const PASSWORD = 'correct horse battery staple';
const ROOM = '/api/rooms/Tea%20room';

export class Cast {
  readonly url: string;
  readonly #tokens = new Map<string, string>();

  constructor(url: string) {
    this.url = url;
  }

  /** An access token; registers the user if need be. */
  async accessToken(who: string): Promise<string> {
    const known = this.#tokens.get(who);
    if (known !== undefined) return known;
    const login = { email: `${who}@example.org`, password: PASSWORD };
    await this.exists(who);
    const { body } = await expected(call(this.url, 'POST', '/api/access-tokens', { body: login }), 201);
    this.#tokens.set(who, body.accessToken);
    return body.accessToken;
  }

  /** Registers the user, if need be. */
  async exists(who: string): Promise<void> {
    const account = { email: `${who}@example.org`, password: PASSWORD, username: who };
    await call(this.url, 'POST', '/api/users', { body: account });
  }

  /** The id of another session of the user. */
  async otherSession(who: string): Promise<string> {
    await this.accessToken(who);
    const login = { email: `${who}@example.org`, password: PASSWORD };
    const { body } = await expected(call(this.url, 'POST', '/api/access-tokens', { body: login }), 201);
    return JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString()).sid;
  }

  /** Replaces ann's Tea room with an empty one. Returns its id. */
  async freshRoom(): Promise<string> {
    await this.noRoom();
    return (await expected(this.#as('ann', 'POST', '/api/rooms', { name: 'Tea room' }), 201)).body.id;
  }

  async noRoom(): Promise<void> {
    await this.#as('ann', 'DELETE', ROOM);
  }

  async deleteRoom(who: string): Promise<void> {
    await expected(this.#as(who, 'DELETE', ROOM), 204);
  }

  async roomToken(who: string): Promise<{ url: string; token: string }> {
    return (await expected(this.#as(who, 'POST', `${ROOM}/tokens`), 201)).body;
  }

  async say(who: string, message: { id?: string; content: string }): Promise<string> {
    const { body } = await expected(this.#as(who, 'POST', `${ROOM}/messages`, { id: randomUUID(), ...message }), 201);
    return body.id;
  }

  async react(who: string, messageId: string, emoji: string): Promise<void> {
    const path = `${ROOM}/messages/${messageId}/reactions/${encodeURIComponent(emoji)}`;
    await expected(this.#as(who, 'PUT', path), 204);
  }

  async edit(who: string, messageId: string, content: string): Promise<void> {
    await expected(this.#as(who, 'PATCH', `${ROOM}/messages/${messageId}`, { content }), 200);
  }

  /** Sends a request as given; returns the response, whatever its status. */
  async request(
    who: string,
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer> {
    return call(this.url, method, path, { ...options, token: await this.accessToken(who) });
  }

  /** The seq of the room's newest event. */
  async lastSeq(): Promise<number> {
    return (await expected(this.#as('ann', 'GET', ROOM), 200)).body.lastSeq;
  }

  /** The messages of the room, up to a page. */
  async history(): Promise<Json[]> {
    return (await expected(this.#as('ann', 'GET', `${ROOM}/messages?limit=100`), 200)).body.messages;
  }

  async logOut(who: string): Promise<void> {
    await expected(this.#as(who, 'DELETE', '/api/session'), 204);
    this.forget(who);
  }

  /** Drops the token of a user who was logged out by other means. */
  forget(who: string): void {
    this.#tokens.delete(who);
  }

  async #as(who: string, method: string, path: string, body?: unknown): Promise<Answer> {
    return call(this.url, method, path, { body, token: await this.accessToken(who) });
  }
}

async function expected(answer: Promise<Answer>, status: number): Promise<Answer> {
  const received = await answer;
  assert.equal(received.status, status, JSON.stringify(received.body));
  return received;
}
