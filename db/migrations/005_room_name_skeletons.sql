-- A name that looks like the name of another room is refused: unique by its skeletons, with and without case
-- (website/app/name_skeletons.ts), as well as by name_key. The website computes them, so rooms of earlier releases get their
-- skeletons when the website starts. Null: not computed yet, or an older room has the same skeleton.
alter table chat_rooms add column name_skeleton text, add column key_skeleton text;
create unique index chat_rooms_by_name_skeleton on chat_rooms (name_skeleton) where deleted_at is null;
create unique index chat_rooms_by_key_skeleton on chat_rooms (key_skeleton) where deleted_at is null;
