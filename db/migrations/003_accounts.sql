-- A user can change or reset the password, and delete the account. No table is rewritten.

-- A deleted account keeps its row, and so its username: rooms and messages show it, and nobody else can take it.
alter table users
  alter column email drop not null,
  alter column email_key drop not null,
  alter column hashed_password drop not null,
  add column deleted_at timestamptz(3),
  add constraint users_deleted_or_whole
    check (num_nulls(email, email_key, hashed_password) = case when deleted_at is null then 0 else 3 end);

-- A link that sets a new password. Of the token only the SHA-256 is stored; the row is deleted when it is used.
create table password_resets (
  token_hash bytea primary key,
  user_id uuid not null references users on delete cascade,
  expires_at timestamptz(3) not null
);
create index password_resets_by_user on password_resets (user_id);

-- A deleted account whose messages are being erased, and the progress: rooms are visited in order of id, each from its end to
-- its beginning. `seq` is the last seq visited in the room `room_id`; null: none yet.
create table erasures (
  user_id uuid primary key references users on delete cascade,
  room_id uuid not null default '00000000-0000-0000-0000-000000000000',
  seq bigint,
  leased_until timestamptz(3) not null default '-infinity'
);
