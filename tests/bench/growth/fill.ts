// Fills a database directly with SQL, bypassing the website: users, rooms, and one room with a long log in the form that
// append.ts and message_changes.ts write. Adds rows up to the given size; never deletes.
import pg from 'pg';

export interface Size {
  events: number;
  rooms: number;
  users: number;
}

/** Name of the room with the long log. Its owner is user 1. */
export const LOG_ROOM = 'the long log';

/** SQL for the name of room `n`. None of its letters is confusable, so the name is its own skeleton. */
export const roomName = (n: string) => `(
  case when ${n} % 50 = 0 then 'zz ' else '' end
  || ${word(`hashint4(${n})`, 3)} || ' ' || ${word(`hashint4(-${n})`, 2)}
  || ' ' || translate(lpad(${n}::text, 7, '0'), '0123456789', 'abcdefghij'))`;

/** Two-letter searches, by the share of the rooms that they match. */
export const PARTS = {
  'matches 1 in 7': 'vu',
  'matches 1 in 50, all at the end': 'zz',
  'matches 1 in 2,000': 'xy',
  'matches none': 'qq',
} as const;

const SYLLABLES =
  'ta re no ki su ve do pa zu xi la be ro hi du fa ge po li tu ja ke vo ni pu ra se go wi vu ya ho'.split(' ');
function word(hash: string, count: number): string {
  const all = `array[${SYLLABLES.map((one) => `'${one}'`).join(',')}]`;
  const syllables = Array.from({ length: count }, (_, k) => `(${all})[1 + ((${hash} >> ${5 * k}) & 31)]`);
  return `case when ${hash} & ${0xfff << 15} = 0 then 'xyz' else '' end || ${syllables.join(' || ')}`;
}

/** Inserts users `$1` to `$2`; they cannot log in, since no password has this hash. */
const USERS = `
  insert into users (email, email_key, username, hashed_password)
  select address, address, 'user' || n, '-'
  from generate_series($1::int, $2::int) n cross join lateral (select 'user' || n || '@example.org' as address) a`;

const ROOMS = `
  insert into chat_rooms (name, name_key, name_skeleton, key_skeleton, owner_id)
  select name, name, name, name, (select id from users where username_key = 'user1')
  from generate_series($1::int, $2::int) n cross join lateral (select ${roomName('n')} as name) named`;

/** The events of each block that change a message: place in the block, and distance back to the message's creation. */
const CHANGES = [
  { at: 50, before: 10, type: 'message.edited', emoji: null },
  { at: 60, before: 15, type: 'message.deleted', emoji: null },
  { at: 70, before: 28, type: 'reaction.added', emoji: '👍' },
  { at: 75, before: 32, type: 'reaction.added', emoji: '👀' },
  { at: 80, before: 37, type: 'reaction.removed', emoji: '👀' },
] as const;
export const BLOCK = 100;
const DELETED = CHANGES.filter(({ type }) => type === 'message.deleted').length;

const places = CHANGES.map(({ at }) => at).join(', ');
const changes = `(values ${CHANGES.map((c) => `(${c.at}, ${c.before}, '${c.type}', ${c.emoji ? `'${c.emoji}'` : 'null'})`).join(', ')}) c (at, before, type, emoji)`;
/** SQL for the distance from message `s` to its last change of this type; null when it has none. */
function changeOf(type = ''): string {
  const of = new Map(CHANGES.filter((c) => c.type.startsWith(type)).map(({ at, before }) => [at - before, before]));
  return `case s % ${BLOCK} ${Array.from(of, ([place, after]) => `when ${place} then ${after}`).join(' ')} end`;
}
const idOf = (seq: string) =>
  `overlay(overlay(md5($1::uuid::text || (${seq})::text) placing '4' from 13) placing '8' from 17)::uuid`;
const timeOf = (seq: string) => `timestamptz '2026-01-01 00:00:00Z' + (${seq}) * interval '1 second'`;
const authorOf = (seq: string) => `'user' || (1 + (${seq}) % $4::bigint)`;

/** Inserts events `$2` to `$3` of room `$1`, in whole blocks, by `$4` users. */
const EVENTS = `
  with created as (
    insert into messages
      (room_id, seq, id, username, content, timestamp, content_seq, version, superseded_by, edited_at, deleted_at, deleted_by)
    select $1, s, ${idOf('s')}, ${authorOf('s')},
      case when deleted is null then 'message ' || s || ' of a log that grows, with a text of usual length' end,
      ${timeOf('s')}, s + coalesce(deleted, edited), s + changed, s + coalesce(deleted, edited),
      case when deleted is null then ${timeOf('s + edited')} end, ${timeOf('s + deleted')},
      case when deleted is not null then ${authorOf('s')} end
    from generate_series($2::bigint, $3::bigint) s
    cross join lateral (select ${changeOf('message.edited')} as edited, ${changeOf('message.deleted')} as deleted,
      ${changeOf()} as changed) c
    where s % ${BLOCK} not in (${places})
  ), changed as (
    insert into room_events (room_id, seq, type, message_id, username, emoji, timestamp)
    select $1, s, c.type, ${idOf('s - c.before')}, ${authorOf('s - c.before')}, c.emoji, ${timeOf('s')}
    from generate_series($2::bigint, $3::bigint) s join ${changes} on c.at = s % ${BLOCK}
  ), reacted as (
    insert into reactions (room_id, message_id, emoji, username, seq, since, named)
    select $1, ${idOf('s - c.before')}, c.emoji, ${authorOf('s - c.before')}, s, s, true
    from generate_series($2::bigint, $3::bigint) s join ${changes} on c.at = s % ${BLOCK} and c.emoji = '👍'
  )
  update chat_rooms set last_seq = $3::bigint,
    message_count = $3::bigint / ${BLOCK} * ${BLOCK - CHANGES.length - DELETED} where id = $1`;

const CHUNK = 100_000;

/** Fills up to `size`, whose events are a multiple of BLOCK; `tell` is called with a line of progress per million. */
export async function fill(url: string, size: Size, tell: (line: string) => void = () => undefined): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const count = async (text: string) => Number((await client.query(text)).rows[0]?.count ?? 0);
  const chunks = async (
    what: string,
    done: number,
    all: number,
    run: (from: number, to: number) => Promise<unknown>,
  ) => {
    for (let from = done; from < all; from += CHUNK) {
      const to = Math.min(all, from + CHUNK);
      await run(from + 1, to);
      if (to % 1_000_000 === 0 || to === all)
        tell(`filled ${to.toLocaleString('en')} of ${all.toLocaleString('en')} ${what}`);
    }
  };
  try {
    await chunks('users', await count('select count(*) from users'), size.users, (from, to) =>
      client.query(USERS, [from, to]),
    );
    await client.query(
      `insert into chat_rooms (name, name_key, name_skeleton, key_skeleton, owner_id)
       select $1, $1, $1, $1, id from users where username_key = 'user1' on conflict do nothing`,
      [LOG_ROOM],
    );
    const rooms = await count('select count(*) - 1 as count from chat_rooms');
    await chunks('rooms', rooms, size.rooms, (from, to) => client.query(ROOMS, [from, to]));
    const { rows } = await client.query('select id, last_seq as count from chat_rooms where name_key = $1', [LOG_ROOM]);
    const [{ id, count: stored }] = rows;
    const authors = Math.min(1_000, size.users);
    await chunks('events', Number(stored), size.events, (from, to) => client.query(EVENTS, [id, from, to, authors]));
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}
