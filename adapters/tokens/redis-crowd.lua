-- Who of the crowd waits without a lot, by number. ARGV: run, after, max. Replies {user, number, ...}.
local after, max = ARGV[2], tonumber(ARGV[3])
local room = findRoom()
if not room then return 'missing' end
local turns = {}
local offset = 0
while room.crowdThrough and #turns < 2 * max do
  local found = redis.call('ZRANGEBYSCORE', lineKey, '(' .. after, room.crowdThrough, 'WITHSCORES', 'LIMIT', offset, max)
  for index = 1, #found, 2 do
    local score = tonumber(found[index + 1])
    if score % 1 == 0 and #turns < 2 * max then
      table.insert(turns, found[index])
      table.insert(turns, score)
    end
  end
  if #found < 2 * max then break end
  offset = offset + max
end
return turns
