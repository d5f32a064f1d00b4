-- What every script of a waiting room begins with: the room's keys, the room itself, and one entry a person.
local roomKey, rangesKey, lineKey, placesKey, sessionsKey, unclaimedKey, goneKey = unpack(KEYS)
local run = ARGV[1]
local keepMs

-- nil for a room that another process of Redis left behind, too: it may be older than the master knows.
local function findRoom()
  local fields = redis.call('HMGET', roomKey,
    'run', 'incarnation', 'serving', 'issued', 'isPaused', 'admittedPerSecond', 'generation', 'settledAt', 'keepMs',
    'estimateSpread', 'lottery', 'crowdThrough', 'opensAt', 'gone', 'hasOpened')
  if fields[1] ~= run then return nil end
  keepMs = fields[9]
  return {
    incarnation = fields[2], serving = tonumber(fields[3]), issued = tonumber(fields[4]), isPaused = fields[5],
    admittedPerSecond = fields[6], generation = tonumber(fields[7]), settledAt = tonumber(fields[8]),
    estimateSpread = fields[10], lottery = fields[11], crowdThrough = tonumber(fields[12]),
    opensAt = tonumber(fields[13]), gone = tonumber(fields[14] or 0),
    -- A room of the release before says so once a leader of this one has asked whose turn it is.
    hasOpened = fields[15] == '0' and 0 or 1
  }
end

-- Of the lottery: 'none'; 'due', before the draw; 'dealing', once the lots are known; 'drawn', once all have theirs.
local function viewOf(room)
  return {
    room.incarnation, room.serving, room.issued, room.isPaused, room.admittedPerSecond, room.estimateSpread,
    room.lottery == 'dealing' and 'due' or room.lottery, room.crowdThrough or false, room.gone,
    room.hasOpened
  }
end

local function setPolicy(version, isPaused, isLottery)
  local current, lottery = unpack(redis.call('HMGET', roomKey, 'policyVersion', 'lottery'))
  if tonumber(current) >= tonumber(version) then return end
  redis.call('HSET', roomKey, 'policyVersion', version, 'isPaused', isPaused)
  if lottery == 'none' or lottery == 'due' then
    redis.call('HSET', roomKey, 'lottery', isLottery == '1' and 'due' or 'none')
  end
end

-- Who was issued a number up to here is in the crowd that is drawn by lot.
local function closeCrowd(room)
  if room.crowdThrough then return end
  room.crowdThrough = room.issued
  redis.call('HSET', roomKey, 'crowdThrough', room.issued)
end

local function isInCrowd(room, number) return room.crowdThrough and number <= room.crowdThrough end
local function hasLots(room) return room.lottery == 'dealing' or room.lottery == 'drawn' end

-- ── entries ───────────────────────────────────────────────────────────────────────────────────────────────
-- Who waits is in the line, by lot: the number itself or, once it was drawn, the lot with the number as its fraction.
-- Everybody else, and who waits and has used numbers up before, is in the places:
-- "<state> <number> <numbers used up, through> <whether claimed> <end> <end once claimed>", 0 for no end.

local numbersPerLot = 67108864

local function scoreOf(number, lot) return lot + number / numbersPerLot end

-- The score in the line; without it, that of a number that was not drawn.
local function waiting(number, usedThrough, score)
  return {
    state = 'waiting', number = number, score = score or number, usedThrough = usedThrough, isClaimed = 0, endsAt = 0,
    fullEndsAt = 0
  }
end

local function atScore(score, usedThrough)
  local fraction = score % 1
  return waiting(fraction > 0 and fraction * numbersPerLot or score, usedThrough, score)
end

local function lotOf(entry) return math.floor(entry.score or entry.number) end
local function isDrawn(entry) return entry.state == 'waiting' and entry.score % 1 > 0 end

local function ended(state, number, usedThrough)
  local entry = waiting(number, usedThrough)
  entry.state = state
  return entry
end

local function begun(number, endsAt, issuedThrough)
  return {
    state = 'admitted', number = number, usedThrough = issuedThrough, isClaimed = 0, endsAt = endsAt, fullEndsAt = endsAt
  }
end

local function claimed(entry)
  entry.isClaimed = 1
  entry.endsAt = entry.fullEndsAt
  return entry
end

local function isRunning(entry, now) return entry.state == 'admitted' and now < entry.endsAt end

local function parse(text)
  local state, number, usedThrough, isClaimed, endsAt, fullEndsAt =
    string.match(text, '^(%a+) (%d+) (%d+) (%d) (%d+) (%d+)$')
  return {
    state = state, number = tonumber(number), usedThrough = tonumber(usedThrough), isClaimed = tonumber(isClaimed),
    endsAt = tonumber(endsAt), fullEndsAt = tonumber(fullEndsAt)
  }
end

local function find(userId)
  local score = redis.call('ZSCORE', lineKey, userId)
  local text = redis.call('HGET', placesKey, userId)
  local entry = text and parse(text) or nil
  if not score then return entry end
  return atScore(tonumber(score), entry and entry.usedThrough or 0)
end

-- No key outlives the room by much.
local kept = {}
local function keep(key)
  if kept[key] then return end
  kept[key] = true
  redis.call('PEXPIRE', key, keepMs, 'NX')
end

-- A number does not wait any more although serving has not reached its lot: servers that remember it as waiting must hear.
local function giveUp(room, number)
  room.gone = redis.call('RPUSH', goneKey, string.format('%.0f', number))
  keep(goneKey)
  redis.call('HSET', roomKey, 'gone', room.gone)
end

-- Numbers to be issued, except where numbers beyond them were; a range begins once.
local function keepRange(room, from, through)
  if from <= room.issued or redis.call('ZCOUNT', rangesKey, from, from) > 0 then return end
  redis.call('ZADD', rangesKey, from, from .. ' ' .. through)
  keep(rangesKey)
end

-- By number, so that a session nobody turned up for is still told to the master after its user has joined anew.
local function unclaimedMember(number, userId) return string.format('%.0f %s', number, userId) end

-- Of somebody who has no entry yet.
local function enter(userId, entry)
  redis.call('ZADD', lineKey, entry.score, userId)
  keep(lineKey)
end

local function put(userId, entry)
  if entry.state == 'waiting' then
    redis.call('ZADD', lineKey, entry.score, userId)
    keep(lineKey)
  else
    redis.call('ZREM', lineKey, userId)
  end
  if entry.state == 'waiting' and entry.usedThrough == 0 then
    redis.call('HDEL', placesKey, userId)
  else
    redis.call('HSET', placesKey, userId, string.format('%s %.0f %.0f %d %.0f %.0f',
      entry.state, entry.number, entry.usedThrough, entry.isClaimed, entry.endsAt, entry.fullEndsAt))
    keep(placesKey)
  end
  if entry.state == 'admitted' then
    redis.call('ZADD', sessionsKey, entry.endsAt, userId)
    keep(sessionsKey)
  else
    redis.call('ZREM', sessionsKey, userId)
  end
  local member = unclaimedMember(entry.number, userId)
  if entry.state == 'admitted' and entry.isClaimed == 0 then
    redis.call('ZADD', unclaimedKey, entry.endsAt, member)
    keep(unclaimedKey)
  else
    redis.call('ZREM', unclaimedKey, member)
  end
end

-- {number, lot, state, end or nil}
local function placeOf(entry, now)
  local state = entry.state
  if state == 'admitted' and not isRunning(entry, now) then state = 'expired' end
  return {entry.number, lotOf(entry), state, entry.endsAt > 0 and entry.endsAt}
end

-- In a flat reply for many; nil for each part of none.
local function addPlace(places, place)
  local size = #places
  for index = 1, 4 do places[size + index] = place and place[index] or false end
end

-- Whoever looks after a session has claimed it.
local function turnUp(userId, entry, now)
  if isRunning(entry, now) and entry.isClaimed == 0 then put(userId, claimed(entry)) end
  return entry
end
