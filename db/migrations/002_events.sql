-- A room becomes a log of events: edits, deletions and reactions share the seq numbering of the messages. Every seq
-- assigned by 0.1.0 stays valid: until now each event was the creation of a message. No table is rewritten.

-- `content` is the only place that holds text. It belongs to the event `content_seq`; null means the creation, `seq`.
-- `version` is the seq of the last event that changed the message; null means `seq`. `superseded_by` is the seq of the
-- event that withdrew the text of the creation. The columns stay null until the first change, so an append writes no
-- more data than before.
alter table messages
  alter column content drop not null,
  add column content_seq bigint,
  add column version bigint,
  add column superseded_by bigint,
  add column edited_at timestamptz(3),
  add column deleted_at timestamptz(3),
  add column deleted_by text,
  add constraint messages_content_or_deletion check ((content is null) = (deleted_at is not null));

-- All events except message.created, which is the row in messages. No row here holds text: the text of a message.edited
-- is messages.content while messages.content_seq is its seq; then superseded_by is the seq of the withdrawing event.
create table room_events (
  room_id uuid not null,
  seq bigint not null check (seq > 0),
  type text not null check (type in ('message.edited', 'message.deleted', 'reaction.added', 'reaction.removed')),
  message_id uuid not null,
  username text not null,
  emoji text check ((emoji is not null) = (type in ('reaction.added', 'reaction.removed'))),
  superseded_by bigint check (superseded_by is null or (superseded_by > seq and type = 'message.edited')),
  timestamp timestamptz(3) not null,
  primary key (room_id, seq)
);

-- The current reactions. `seq` is the event that added it; `since` is the seq at which the emoji last appeared under
-- the message, equal for all of its users; `named` says whether the message lists the username.
create table reactions (
  room_id uuid not null,
  message_id uuid not null,
  emoji text not null,
  username text not null,
  seq bigint not null,
  since bigint not null,
  named boolean not null,
  primary key (room_id, message_id, emoji, username)
);

-- The number of messages that are not deleted.
alter table chat_rooms add column message_count bigint not null default 0 check (message_count >= 0);
update chat_rooms set message_count = last_seq where last_seq > 0;
