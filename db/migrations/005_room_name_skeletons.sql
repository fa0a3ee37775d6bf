-- A name that looks like another room's is refused: unique by its skeletons, as written and without case
-- (website/app/name_skeletons.ts), as well as by name_key. The website computes them, so the rooms of releases before get
-- theirs when the website starts. Null: not yet, or an older room has it.
alter table chat_rooms add column name_skeleton text, add column key_skeleton text;
create unique index chat_rooms_by_name_skeleton on chat_rooms (name_skeleton) where deleted_at is null;
create unique index chat_rooms_by_key_skeleton on chat_rooms (key_skeleton) where deleted_at is null;
