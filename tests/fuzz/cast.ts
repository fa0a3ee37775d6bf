// The users, rooms and messages that fuzzed requests use. They are the same in every run, so that a seed gives the same
// requests. A session or room that a request ends or deletes is created for that request only.
import type { Json, Person } from '../people.ts';
import { call, PASSWORD, person } from '../people.ts';
import { type Member, openRecords, type RecordedRoom, type Records } from '../records.ts';

/** The credentials of a request. `once` is a new user for that request; `wrong` has a token with an invalid signature. */
export const ACTORS = ['nobody', 'member', 'cookie', 'owner', 'admin', 'once', 'wrong'] as const;
export type Actor = (typeof ACTORS)[number];

const uuid = (kind: number, number: number) => `00000000-0000-4000-800${kind}-${String(number).padStart(12, '0')}`;

/** Rooms with names in several scripts. The owner owns them, and no case deletes them. */
export const ROOMS: readonly RecordedRoom[] = ['Tea room', 'Ärger', 'Ελλάς 1', 'कमरा', '茶室', 'x', 'a.b_c-9'].map(
  (name, number) => ({ id: uuid(8, number), name: name.normalize('NFC') }),
);
/** Ids of the member's messages in the first room. Cases may delete only the first DELETABLE of them. */
export const MESSAGE_IDS: readonly string[] = Array.from({ length: 60 }, (_, number) => uuid(9, number));
export const DELETABLE = 10;
/** Users who may be banned and suspended; they send no requests. */
export const VICTIMS = ['victim.one', 'Victim-2', 'victim_3'];
/** An account for log-ins; each log-in beyond the limit of sessions ends its oldest one. */
export const ACCOUNT = { email: 'account@example.org', password: PASSWORD };

export interface Cast {
  records: Records;
  /** The headers that authenticate a request as this actor. */
  credentials(actor: Actor): Promise<Record<string, string>>;
  /** Creates a room of the owner that the case may delete. */
  roomFor(name: string): Promise<void>;
  /** Counts of the rows that requests can change. Off-spec requests must leave them the same. */
  state(): Promise<Json>;
  close(): Promise<void>;
}

/** Fills an empty server that listens at `url`. */
export async function createCast(url: string, databaseUrl: string): Promise<Cast> {
  const records = openRecords(databaseUrl);
  const [member, owner, admin] = (await records.members(3)) as [Member, Member, Member];
  await records.query('update users set is_admin = true where id = $1', [admin.userId]);
  for (const name of [...VICTIMS, 'account']) await person(url, name);
  const cookie = await cookieOf(url, await person(url, 'cookie'));
  for (const { id, name } of ROOMS) await insertRoom(records, name, owner, id);
  const tokens = new Map<Actor, string>();
  for (const [actor, who] of [
    ['member', member],
    ['owner', owner],
    ['admin', admin],
  ] as const) {
    tokens.set(actor, await records.accessToken(who));
  }
  for (const id of MESSAGE_IDS) {
    const body = { id, content: 'Is the kettle on?' };
    await call(url, 'POST', `/api/rooms/${encodeURIComponent(ROOMS[0]!.name)}/messages`, {
      body,
      token: tokens.get('member')!,
    });
  }
  return {
    records,
    credentials: async (actor): Promise<Record<string, string>> => {
      if (actor === 'nobody') return {};
      if (actor === 'cookie') return { cookie };
      if (actor === 'wrong') return { authorization: `Bearer ${tokens.get('member')!.slice(0, -6)}AAAAAA` };
      return {
        authorization: `Bearer ${tokens.get(actor) ?? (await records.accessToken(await userOfItsOwn(records)))}`,
      };
    },
    roomFor: (name) => insertRoom(records, name, owner),
    state: async () => (await records.query(STATE))[0],
    close: () => records.close(),
  };
}

/** Creates a user with the password of ACCOUNT. */
async function userOfItsOwn(records: Records): Promise<Member> {
  const [member] = (await records.members(1)) as [Member];
  const password = `(select hashed_password from users where username = 'account')`;
  await records.query(`update users set hashed_password = ${password} where id = $1`, [member.userId]);
  return member;
}

async function insertRoom(records: Records, name: string, owner: Member, id?: string): Promise<void> {
  const text = `insert into chat_rooms (id, name, name_key, owner_id)
    values (coalesce($1, gen_random_uuid()), $2, $3, $4) on conflict do nothing`;
  await records.query(text, [id, name, keyOf(name), owner.userId]);
}

/** The key of a name of this cast: case-folded, with the final sigma as a normal one. */
export const keyOf = (name: string): string => name.normalize('NFC').toLowerCase().replaceAll('ς', 'σ');

/** Counts active rows only: the server deletes ended ones in the background. */
const STATE = `select (select count(*) from users) users, (select count(suspended_at) from users) suspended,
  (select count(*) from sessions where ended_at is null) sessions,
  (select concat_ws(' ', count(*), sum(last_seq), sum(message_count)) from chat_rooms where deleted_at is null) rooms,
  (select count(*) from bans where lifted_at is null) bans, (select count(*) from reactions) reactions`;

async function cookieOf(url: string, { email }: Person): Promise<string> {
  const { headers } = await call(url, 'POST', '/api/session', { body: { email, password: PASSWORD } });
  return headers
    .getSetCookie()
    .map((line) => line.split(';')[0]!)
    .join('; ');
}
