-- KEYS: lease. ARGV: holder, channel.
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
-- A user without access to the channel still has the store.
redis.pcall('PUBLISH', ARGV[2], '')
return 1
