-- Gives those their lots who still wait without one. ARGV: run, then three a turn: user, number, lot.
local room = findRoom()
if not room then return 'missing' end
for index = 2, #ARGV, 3 do
  local userId, number, lot = ARGV[index], tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2])
  if tonumber(redis.call('ZSCORE', lineKey, userId)) == number then
    redis.call('ZADD', lineKey, scoreOf(number, lot), userId)
  end
end
return 'dealt'
