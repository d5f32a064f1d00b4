-- Numbers that were given up, from the one at this place of their list. ARGV: run, incarnation, place.
local room = findRoom()
if not room or room.incarnation ~= ARGV[2] then return 'missing' end
return redis.call('LRANGE', goneKey, ARGV[3], -1)
