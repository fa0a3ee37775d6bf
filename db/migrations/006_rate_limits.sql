-- The janitor finds the counters that have expired, however many there are.
create index rate_limits_by_expiry on rate_limits (expire);
