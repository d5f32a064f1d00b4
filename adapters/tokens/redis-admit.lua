-- Begins sessions and moves serving. ARGV: run, now, generation, serving, admittedPerSecond, estimateSpread, claimMs,
-- lapsedMax, how many lapsed, their numbers, then four an admission: user, number, end, issuedThrough.
-- Replies with the numbers that were given up meanwhile.
local now, generation, serving, perSecond = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local spread, claimMs, lapsedMax, lapsedCount = ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])
local firstLapsed = 10
local firstAdmission = firstLapsed + lapsedCount
local room = findRoom()
if not room then return 'missing' end
if generation < room.generation then return 'fenced' end

serving = math.max(room.serving, serving)
local lapsed = {}
for index = firstLapsed, firstAdmission - 1 do lapsed[tonumber(ARGV[index])] = true end
local absent = lapsedCount == 0 and {}
  or redis.call('ZRANGEBYSCORE', unclaimedKey, '-inf', now, 'LIMIT', 0, lapsedMax)
for _, member in ipairs(absent) do
  local number, userId = string.match(member, '^(%d+) (.*)$')
  if lapsed[tonumber(number)] then
    redis.call('ZREM', unclaimedKey, member)
    local entry = find(userId)
    if entry.number == tonumber(number) then
      entry.state = 'expired'
      put(userId, entry)
    end
  end
end

local left = {}
for index = firstAdmission, #ARGV, 4 do
  local userId, number, issuedThrough = ARGV[index], tonumber(ARGV[index + 1]), tonumber(ARGV[index + 3])
  local entry = find(userId)
  if entry and entry.state == 'left' and entry.number == number then table.insert(left, number) end
  if entry and entry.state == 'waiting' and entry.number <= issuedThrough then
    local session = begun(number, tonumber(ARGV[index + 2]), issuedThrough)
    -- It ends early, unless its user turns up.
    session.endsAt = math.min(session.fullEndsAt, now + claimMs)
    put(userId, session)
    if lotOf(entry) > serving then giveUp(room, entry.number) end
  end
end
redis.call('HSET', roomKey, 'serving', serving, 'admittedPerSecond', perSecond,
  'estimateSpread', spread)
return left
