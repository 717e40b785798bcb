-- KEYS: token, lease, fence. ARGV: the holder's name, the lease's and the counter's time to live in milliseconds.
-- Returns the lease's fence and the server's time in milliseconds, or nothing while another member holds the lease.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local holder = ARGV[1] .. ':' .. now
if not redis.call('SET', KEYS[2], holder, 'NX', 'PX', ARGV[2]) then
  -- Every lease ends. A key without an end is none, and would block the fleet for good.
  if redis.call('PTTL', KEYS[2]) ~= -1 then return false end
  redis.call('SET', KEYS[2], holder, 'PX', ARGV[2])
end
local fence = redis.pcall('INCR', KEYS[3])
if type(fence) ~= 'number' or fence < 1 or fence >= 9007199254740992 then fence = 1 end
-- The counter may be gone while the token is still there.
fence = math.max(fence, stored_fence(KEYS[1]) + 1)
redis.call('SET', KEYS[3], string.format('%.0f', fence), 'PX', ARGV[3])
return {fence, holder}
