-- {who waits, running sessions, room}. ARGV: run, now.
local room = findRoom()
if not room then return 'missing' end
return {redis.call('ZCARD', lineKey), redis.call('ZCOUNT', sessionsKey, '(' .. ARGV[2], '+inf'), viewOf(room)}
