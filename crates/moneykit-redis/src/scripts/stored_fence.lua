-- Returns the fence of the published token, and 0 if there is none or if another program wrote it.
local function stored_fence(key)
  local fence = redis.pcall('HGET', key, 'fence')
  fence = type(fence) == 'string' and tonumber(fence) or 0
  -- Lua's numbers are exact up to 2^53.
  if fence >= 1 and fence < 9007199254740992 and fence == math.floor(fence) then return fence end
  return 0
end
