-- KEYS: token. ARGV: digest. Removes the token with this digest.
if redis.pcall('HGET', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
