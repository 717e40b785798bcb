-- KEYS: lease. ARGV: holder, time to live in milliseconds. Returns 1 if the lease was held.
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
