-- Ends the claims of the reservations ARGV; their own keys follow the show's claims in KEYS, and stay.
local claimsKey = KEYS[1]
local seatIds, owners = {}, {}
for index, known in ipairs(redis.call('MGET', unpack(KEYS, 2))) do
  for seatId in string.gmatch(known or '', ' (%S+)') do
    seatIds[#seatIds + 1] = seatId
    owners[#owners + 1] = ARGV[index]
  end
end
if #seatIds == 0 then return end

local ended = {}
for index, claim in ipairs(redis.call('HMGET', claimsKey, unpack(seatIds))) do
  if claim and string.match(claim, ' (.*)$') == owners[index] then ended[#ended + 1] = seatIds[index] end
end
if #ended > 0 then redis.call('HDEL', claimsKey, unpack(ended)) end
