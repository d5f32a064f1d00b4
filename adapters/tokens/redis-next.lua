-- Whose turn it is. ARGV: run, now, generation, policy version, isPaused, admittedMax, turnsMax, lapsedMax.
-- Replies {{user, number, ...}, spent, {lapsed number, ...}, serving, 1 if nobody waits, room}.
local now, generation, version, isPaused = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local admittedMax, turnsMax, lapsedMax = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local room = findRoom()
if not room then return 'missing' end
if generation < room.generation then return 'fenced' end
redis.call('HSET', roomKey, 'generation', generation)
setPolicy(version, isPaused)

redis.call('ZREMRANGEBYSCORE', sessionsKey, '-inf', now)
local limit = math.max(0, math.min(turnsMax, admittedMax - redis.call('ZCARD', sessionsKey)))
local isSettling = now < room.settledAt
local through = isSettling and math.min(room.serving + limit, room.issued) or '+inf'
local turns = redis.call('ZRANGEBYSCORE', lineKey, '-inf', through, 'WITHSCORES', 'LIMIT', 0, limit)
local reached = isSettling and through or tonumber(turns[#turns] or 0)

local lapsed = {}
local absent = redis.call('ZRANGEBYSCORE', unclaimedKey, '-inf', now, 'LIMIT', 0, lapsedMax)
for index, userId in ipairs(absent) do lapsed[index] = find(userId).number end
local isLineEmpty = redis.call('ZCARD', lineKey) == 0
return {
  turns, isSettling and limit or #turns / 2, lapsed, math.max(room.serving, reached), isLineEmpty and 1 or 0,
  viewOf(room)
}
