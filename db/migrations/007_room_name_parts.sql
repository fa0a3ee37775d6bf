-- Search for rooms by one or two characters of their name, which have no trigram. Building the index takes 12 s for a million
-- rooms. It is not partial: PostgreSQL uses the statistics of an expression only if the index covers the whole table, and
-- chooses by them between this index and a scan of the names in order. The cost of 1000 makes it prefer the index when up to
-- one room in twenty matches: a scan to names at the end of the alphabet takes longer than reading all matches. `or replace`,
-- because a restore drops the tables of an unused database and leaves the function.
create or replace function parts_of_name(name text) returns text[] language sql immutable strict parallel safe cost 1000
as $$
  select string_to_array(name, null) || array(
    select substr(name, n, 2) from generate_series(1, char_length(name) - 1) n)
$$;
create index chat_rooms_by_short_part_of_name on chat_rooms using gin (parts_of_name(name_key));
