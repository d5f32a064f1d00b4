-- The lots are known: whoever comes back to the crowd brings one along. ARGV: run, crowd through.
local room = findRoom()
if not room then return 'missing' end
if room.lottery == 'due' then redis.call('HSET', roomKey, 'lottery', 'dealing', 'crowdThrough', ARGV[2]) end
return 'begun'
