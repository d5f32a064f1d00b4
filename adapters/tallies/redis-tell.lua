-- Sets each partition's tally unless a later epoch's stands there: in a hash, "<epoch> <tally>" per partition.
for place = 1, #ARGV, 3 do
  local partition, epoch, tally = ARGV[place], ARGV[place + 1], ARGV[place + 2]
  local known = string.match(redis.call('HGET', KEYS[1], partition) or '', '^(%d+) ')
  if not known or tonumber(known) <= tonumber(epoch) then
    redis.call('HSET', KEYS[1], partition, epoch .. ' ' .. tally)
  end
end
