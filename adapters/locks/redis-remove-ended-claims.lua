-- Removes the claims of these seats that have ended: nobody may ask for them again. ARGV: now, then the seats.
local claimsKey, now = KEYS[1], tonumber(ARGV[1])
local claims = redis.call('HMGET', claimsKey, unpack(ARGV, 2))
for index, claim in ipairs(claims) do
  local ends = claim and string.match(claim, '^(%d+) ')
  if ends and tonumber(ends) <= now then redis.call('HDEL', claimsKey, ARGV[index + 1]) end
end
