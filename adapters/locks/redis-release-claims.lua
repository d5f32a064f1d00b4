-- Ends the claims of the reservations ARGV; their own keys follow the show's claims in KEYS, and stay.
local claimsKey = KEYS[1]
for index, reservationId in ipairs(ARGV) do
  local fields = redis.call('HKEYS', KEYS[index + 1])
  if #fields > 0 then
    local claims = redis.call('HMGET', claimsKey, unpack(fields))
    for place, claim in ipairs(claims) do
      if claim and string.match(claim, ' (.*)$') == reservationId then
        redis.call('HDEL', claimsKey, fields[place])
      end
    end
  end
end
