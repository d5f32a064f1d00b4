-- Whose turn it is. ARGV: run, now, generation, policy version, isPaused, isLottery, admittedMax, turnsMax,
-- lapsedMax, hasOpened.
-- Replies {{user, number, lot, ...}, spent, {lapsed number, ...}, serving, 1 if nobody waits, room}.
local now, generation, version, isPaused, isLottery = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local admittedMax, turnsMax, lapsedMax = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local room = findRoom()
if not room then return 'missing' end
if generation < room.generation then return 'fenced' end
redis.call('HSET', roomKey, 'generation', generation)
setPolicy(version, isPaused, isLottery)
if ARGV[10] == '1' then redis.call('HSET', roomKey, 'hasOpened', 1)
else redis.call('HSETNX', roomKey, 'hasOpened', 0) end
room = findRoom()

redis.call('ZREMRANGEBYSCORE', sessionsKey, '-inf', now)
local limit = math.max(0, math.min(turnsMax, admittedMax - redis.call('ZCARD', sessionsKey)))
-- Before the draw nobody's turn has come.
if room.lottery == 'due' or room.lottery == 'dealing' then limit = 0 end
local isSettling = now < room.settledAt
local through = math.min(room.serving + limit, room.issued)
local below = isSettling and '(' .. through + 1 or '+inf'
local found = redis.call('ZRANGEBYSCORE', lineKey, '-inf', below, 'WITHSCORES', 'LIMIT', 0, limit)
local turns = {}
local reached = isSettling and through or 0
for index = 1, #found, 2 do
  local entry = atScore(tonumber(found[index + 1]), 0)
  local userId, number, lot = found[index], entry.number, lotOf(entry)
  table.insert(turns, userId)
  table.insert(turns, number)
  table.insert(turns, lot)
  reached = math.max(reached, lot)
end

local absent = redis.call('ZRANGEBYSCORE', unclaimedKey, '-inf', now, 'WITHSCORES', 'LIMIT', 0, lapsedMax)
local ended = {}
for index = 1, #absent, 2 do
  local number = tonumber(string.match(absent[index], '^%d+'))
  table.insert(ended, { number = number, at = tonumber(absent[index + 1]) })
end
-- Of one end Redis has them in the order of text, 10 before 2.
table.sort(ended, function(one, other)
  if one.at ~= other.at then return one.at < other.at end
  return one.number < other.number
end)
local lapsed = {}
for index, each in ipairs(ended) do lapsed[index] = each.number end
local isLineEmpty = redis.call('ZCARD', lineKey) == 0
return {
  turns, isSettling and limit or #found / 2, lapsed, math.max(room.serving, reached), isLineEmpty and 1 or 0,
  viewOf(room)
}
