// Mutants of the schema: an index, a key or a check that is gone or weaker. Most make nothing wrong at once; they make it slow,
// or let in rows that the code never writes.
import { mutants } from '../mutant.ts';

const INIT = 'db/init.sql';
const EVENTS = 'db/migrations/002_events.sql';
const ACCOUNTS = 'db/migrations/003_accounts.sql';
const MODERATION = 'db/migrations/004_moderation.sql';
const SKELETONS = 'db/migrations/005_room_name_skeletons.sql';
const without = (id: string, file: string, find: string) => ({ id, file, find, by: '' });

export const INDEXES = mutants(
  'indexes',
  ['website/tests/schema.keys.test.ts'],
  [
    without('no-index-sessions-user', INIT, 'create index sessions_by_user on sessions (user_id);'),
    without('no-index-sessions-expiry', INIT, 'create index sessions_by_expiry on sessions (expires_at);'),
    without(
      'no-index-sessions-end',
      INIT,
      'create index sessions_by_end on sessions (ended_at) where ended_at is not null;',
    ),
    {
      id: 'room-name-not-unique',
      file: INIT,
      find: 'create unique index chat_rooms_by_name',
      by: 'create index chat_rooms_by_name',
    },
    {
      id: 'deleted-room-keeps-name',
      file: INIT,
      find: 'chat_rooms_by_name on chat_rooms (name_key) where deleted_at is null',
      by: 'chat_rooms_by_name on chat_rooms (name_key)',
    },
    without(
      'no-index-name-trigrams',
      INIT,
      'create index chat_rooms_by_part_of_name on chat_rooms using gin (name_key gin_trgm_ops) where deleted_at is null;',
    ),
    without('no-index-rooms-owner', INIT, 'create index chat_rooms_by_owner on chat_rooms (owner_id);'),
    without(
      'no-index-rooms-deletion',
      INIT,
      'create index chat_rooms_by_deletion on chat_rooms (deleted_at) where deleted_at is not null;',
    ),
    { id: 'rooms-fillfactor', file: INIT, find: 'with (fillfactor = 50)', by: 'with (fillfactor = 100)' },
    { id: 'messages-id-key-order', file: INIT, find: 'unique (room_id, id)', by: 'unique (id, room_id)' },
    { id: 'messages-id-not-unique', file: INIT, find: ',\n  unique (room_id, id)', by: '' },
    {
      id: 'message-seq-zero',
      file: INIT,
      find: 'seq bigint not null check (seq > 0),\n  id uuid',
      by: 'seq bigint not null,\n  id uuid',
    },
    {
      id: 'session-outlives-user',
      file: INIT,
      find: 'user_id uuid not null references users on delete cascade',
      by: 'user_id uuid not null references users',
    },
    { id: 'email-key-not-unique', file: INIT, find: 'email_key text not null unique', by: 'email_key text not null' },
    { id: 'cookie-hash-not-unique', file: INIT, find: 'cookie_hash bytea unique', by: 'cookie_hash bytea' },
    { id: 'key-purpose-unchecked', file: INIT, find: " check (purpose in ('room', 'access'))", by: '' },
    {
      id: 'room-without-owner',
      file: INIT,
      find: 'owner_id uuid not null references users',
      by: 'owner_id uuid not null',
    },
    {
      id: 'text-of-deleted-unchecked',
      file: EVENTS,
      find: ',\n  add constraint messages_content_or_deletion check ((content is null) = (deleted_at is not null))',
      by: '',
    },
    {
      id: 'event-type-unchecked',
      file: EVENTS,
      find: " check (type in ('message.edited', 'message.deleted', 'reaction.added', 'reaction.removed'))",
      by: '',
    },
    {
      id: 'event-emoji-unchecked',
      file: EVENTS,
      find: " check ((emoji is not null) = (type in ('reaction.added', 'reaction.removed')))",
      by: '',
    },
    { id: 'superseded-by-earlier', file: EVENTS, find: 'superseded_by > seq and', by: 'superseded_by >= seq and' },
    {
      id: 'one-reaction-a-user',
      file: EVENTS,
      find: 'primary key (room_id, message_id, emoji, username)',
      by: 'primary key (room_id, message_id, username, emoji)',
    },
    { id: 'message-count-negative', file: EVENTS, find: ' check (message_count >= 0)', by: '' },
    { id: 'account-half-deleted', file: ACCOUNTS, find: 'then 0 else 3 end', by: 'then 0 else 2 end' },
    without('no-index-resets-user', ACCOUNTS, 'create index password_resets_by_user on password_resets (user_id);'),
    without('no-index-bans-change', MODERATION, 'create index bans_by_change on bans (changed_at);'),
    without(
      'no-index-bans-lifting',
      MODERATION,
      'create index bans_by_lifting on bans (lifted_at) where lifted_at is not null;',
    ),
    without(
      'no-index-invitations-expiry',
      MODERATION,
      'create index invitations_by_expiry on invitations (expires_at);',
    ),
    {
      id: 'look-alike-names',
      file: SKELETONS,
      find: 'create unique index chat_rooms_by_name_skeleton',
      by: 'create index chat_rooms_by_name_skeleton',
    },
    without(
      'no-index-counters-expiry',
      'db/migrations/006_rate_limits.sql',
      'create index rate_limits_by_expiry on rate_limits (expire);',
    ),
    without(
      'no-index-short-names',
      'db/migrations/007_room_name_parts.sql',
      'create index chat_rooms_by_short_part_of_name on chat_rooms using gin (parts_of_name(name_key));',
    ),
    {
      id: 'report-lacks-an-index',
      file: 'db/README.md',
      find: '| `bans (changed_at)` |',
      by: '| `bans (banned_by)` |',
    },
  ],
);
