// Writes users, rooms and logs directly into the database, and signs tokens with the keys of the website. For tests that
// need many users, a log of a certain shape, or a token that the website would never issue.
import { randomUUID } from 'node:crypto';
import { KeyEncryption } from '@parlance/website/key_encryption.ts';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { enter, type Json, type Socket } from './people.ts';
import { SECRETS } from './stack.ts';

const ENCRYPTION = new KeyEncryption(SECRETS.SESSION_SECRET);

export interface Member {
  userId: string;
  username: string;
  email: string;
  /** The handle of the session. */
  sid: string;
}

export interface RecordedRoom {
  id: string;
  name: string;
}

export interface Records {
  /** One statement on a connection of its own. */
  query(text: string, values?: unknown[]): Promise<Json[]>;
  /** A connection that can hold locks; the caller ends it with `end()`. */
  connection(): Promise<pg.Client>;
  members(count: number): Promise<Member[]>;
  room(owner: Member, name?: string): Promise<RecordedRoom>;
  /** Appends `count` messages to the log with SQL. */
  fill(room: RecordedRoom, author: Member, count: number, content?: string): Promise<void>;
  /** The messages in the log, ascending by seq. */
  log(room: RecordedRoom): Promise<{ seq: number; id: string; username: string; content: string }[]>;
  /** A room token; `claims` and `header` override those of the website, and undefined removes one. */
  roomToken(member: Member, room: RecordedRoom, claims?: object, header?: object): Promise<string>;
  /** An access token of the member's session. */
  accessToken(member: Member): Promise<string>;
  /** Opens a socket at a chat replica and waits for room.joined. */
  join(member: Member, room: RecordedRoom, chatUrl: string, query?: string): Promise<Socket>;
  close(): Promise<void>;
}

export function openRecords(databaseUrl: string): Records {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => undefined);
  const query = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows;
  const keys = new Map<string, Promise<Json[]>>();
  const sign = async (purpose: 'room' | 'access', claims: object, header: object) => {
    const text = 'select kid, private_key from signing_keys where purpose = $1 order by created_at desc limit 1';
    if (!keys.has(purpose)) keys.set(purpose, query(text, [purpose]));
    const [{ kid, private_key }] = (await keys.get(purpose)) as [Json];
    const key = ENCRYPTION.decrypt({ kid, purpose }, private_key)!;
    const full = { alg: 'ES256' as const, kid, ...header };
    const payload = JSON.parse(JSON.stringify(claims));
    // Without noTimestamp the library adds a missing iat; with it, it removes a given one.
    const noTimestamp = payload.iat === undefined;
    return jwt.sign(payload, key, { algorithm: 'ES256', header: full, noTimestamp });
  };
  const records: Records = {
    query,
    connection: async () => {
      const client = new pg.Client(databaseUrl);
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    members: async (count) => {
      const names = Array.from({ length: count }, () => `m-${randomUUID().slice(0, 13)}`);
      const rows = await query(
        `with u as (insert into users (email, email_key, username, hashed_password)
           select n || '@example.org', n || '@example.org', n, '-' from unnest($1::text[]) n returning *),
         s as (insert into sessions (user_id, expires_at) select id, now() + interval '1 day' from u returning *)
         select u.id as "userId", u.username, u.email, s.handle as sid from u join s on s.user_id = u.id`,
        [names],
      );
      return names.map((name) => rows.find(({ username }) => username === name));
    },
    room: async (owner, name = `room ${randomUUID().slice(0, 13)}`) => {
      const text = 'insert into chat_rooms (name, name_key, owner_id) values ($1, lower($1), $2) returning id, name';
      return (await query(text, [name, owner.userId]))[0];
    },
    fill: async (room, author, count, content = 'from the records') => {
      await query(
        `with r as (update chat_rooms set last_seq = last_seq + $3 where id = $1 returning last_seq)
         insert into messages (room_id, seq, id, username, content, timestamp)
         select $1, r.last_seq - $3 + k, gen_random_uuid(), $2, $4, now() from r, generate_series(1, $3::bigint) k`,
        [room.id, author.username, count, content],
      );
    },
    log: async (room) => {
      const text = 'select seq, id, username, content from messages where room_id = $1 order by seq';
      return (await query(text, [room.id])).map((row) => ({ ...row, seq: Number(row.seq) }));
    },
    roomToken: (member, room, claims = {}, header = {}) => {
      const iat = Math.floor(Date.now() / 1_000);
      const { userId: sub, email, username, sid } = member;
      const own = { iss: 'parlance', aud: 'parlance-chat', sub, email, username, sid, iat, exp: iat + 60 };
      return sign('room', { ...own, room: room.name, roomId: room.id, ...claims }, { typ: 'room+jwt', ...header });
    },
    accessToken: ({ userId: sub, sid }) => {
      const claims = { iss: 'parlance', aud: 'parlance-api', sub, sid, exp: Math.floor(Date.now() / 1_000) + 3_600 };
      return sign('access', claims, { typ: 'at+jwt' });
    },
    join: async (member, room, chatUrl, suffix = '') => {
      const token = await records.roomToken(member, room);
      const url = `${chatUrl.replace(/^http/, 'ws')}/ws/${encodeURIComponent(room.name)}${suffix}`;
      return enter(url, token);
    },
    close: () => pool.end(),
  };
  return records;
}
