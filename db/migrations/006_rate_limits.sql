-- The janitor finds expired counters by this index.
create index rate_limits_by_expiry on rate_limits (expire);
