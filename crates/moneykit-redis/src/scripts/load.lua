-- KEYS: token. Returns the encrypted token, its remaining life and the time in milliseconds, all of one instant.
local remaining = redis.call('PTTL', KEYS[1])
-- An entry without an end is not ours.
if remaining < 1 then return false end
local token = redis.pcall('HGET', KEYS[1], 'token')
-- A key of another type is not ours, either. A missing permission is an error.
if type(token) == 'table' and token.err and not token.err:find('WRONGTYPE', 1, true) then return token end
if type(token) ~= 'string' then return false end
local time = redis.call('TIME')
return {token, remaining, time[1] * 1000 + math.floor(time[2] / 1000)}
