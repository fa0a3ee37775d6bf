-- Moderation: administrators, suspended accounts, bans from rooms, invitations.

alter table users
  add column is_admin boolean not null default false,
  add column suspended_at timestamptz(3);

-- The usernames that are banned now; null: none. The column is in the room's row because every change of the room locks and
-- reads that row: an append reads the bans under the lock, without another look-up. `bans` has the same users.
alter table chat_rooms add column banned text[];

-- A current or a lifted ban, read by chat's calls for changes. The janitor removes lifted bans.
create table bans (
  room_id uuid not null references chat_rooms on delete cascade,
  username text not null,
  username_key text not null generated always as (lower(username)) stored,
  banned_by text not null,
  created_at timestamptz(3) not null,
  changed_at timestamptz(3) not null,
  lifted_at timestamptz(3),
  primary key (room_id, username_key)
);
create index bans_by_change on bans (changed_at);
create index bans_by_lifting on bans (lifted_at) where lifted_at is not null;

-- `token_hash` is the SHA-256 of the invitation.
create table invitations (
  token_hash bytea primary key,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  used_by uuid references users
);
create index invitations_by_expiry on invitations (expires_at);
