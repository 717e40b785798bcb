-- KEYS: token. Returns the encrypted token and its remaining life in milliseconds, both of one instant.
local remaining = redis.call('PTTL', KEYS[1])
-- An entry without an end is not ours.
if remaining < 1 then return false end
local token = redis.pcall('HGET', KEYS[1], 'token')
if type(token) ~= 'string' then return false end
return {token, remaining}
