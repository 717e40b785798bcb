-- KEYS: token. ARGV: fence, the server's time when the lease was acquired, encrypted token, digest, lifetime and
-- remaining life in milliseconds, channel. Returns 0 if a newer token is there.
if stored_fence(KEYS[1]) > tonumber(ARGV[1]) then return 0 end
-- The holder may have been paused since it computed the remaining life. The token is at most as old as its lease.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local age = math.max(now - (tonumber(ARGV[2]) or now), 0)
local remaining = math.min(tonumber(ARGV[6]), tonumber(ARGV[5]) - age)
-- A dead token replaces none.
if remaining < 1 then return 1 end
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'token', ARGV[3], 'digest', ARGV[4], 'fence', ARGV[1])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', remaining))
-- A user without access to the channel still has the store.
redis.pcall('PUBLISH', ARGV[7], '')
return 1
