-- The schema as it was first released: migration number one. Later changes are in migrations/, never here.
-- db/README.md explains tables, indexes and growth.

create extension if not exists pg_trgm;

create table users (
  id uuid primary key default uuidv7(),
  email text not null check (char_length(email) <= 254),
  email_key text not null unique,
  username text not null check (username ~ '^[A-Za-z0-9_.-]{3,32}$'),
  username_key text not null generated always as (lower(username)) stored unique,
  hashed_password text not null,
  created_at timestamptz(3) not null default now()
);

-- A login. Tokens contain `handle`; of the cookie's value only the SHA-256 is stored.
create table sessions (
  handle uuid primary key default gen_random_uuid(),
  cookie_hash bytea unique,
  user_id uuid not null references users on delete cascade,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);
create index sessions_by_end on sessions (ended_at) where ended_at is not null;

-- A deleted room keeps its row, not found by name, until its messages are removed and chat has been notified.
create table chat_rooms (
  id uuid primary key default uuidv7(),
  name text not null check (char_length(name) between 1 and 64),
  name_key text not null,
  owner_id uuid not null references users,
  created_at timestamptz(3) not null default now(),
  last_seq bigint not null default 0,
  deleted_at timestamptz(3)
) with (fillfactor = 50);
create unique index chat_rooms_by_name on chat_rooms (name_key) where deleted_at is null;
create index chat_rooms_by_part_of_name on chat_rooms using gin (name_key gin_trgm_ops) where deleted_at is null;
create index chat_rooms_by_owner on chat_rooms (owner_id);
create index chat_rooms_by_deletion on chat_rooms (deleted_at) where deleted_at is not null;

-- The log. room_id is in every key, so that the table can be partitioned or distributed by room. It is not a foreign key: a
-- message is inserted only by the statement that locks its room's row, and the check would cost a look-up per message.
create table messages (
  room_id uuid not null,
  seq bigint not null check (seq > 0),
  id uuid not null,
  username text not null,
  content text not null check (char_length(content) between 1 and 4000),
  timestamp timestamptz(3) not null,
  primary key (room_id, seq),
  unique (room_id, id)
);

create table signing_keys (
  kid text primary key,
  purpose text not null check (purpose in ('room', 'access')),
  private_key text not null,
  created_at timestamptz(3) not null default now()
);

-- Counters of logins and registrations, in the schema of rate-limiter-flexible.
create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
