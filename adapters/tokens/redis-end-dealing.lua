-- All have their lots. ARGV: run.
local room = findRoom()
if not room then return 'missing' end
if room.lottery == 'dealing' then redis.call('HSET', roomKey, 'lottery', 'drawn') end
return 'drawn'
