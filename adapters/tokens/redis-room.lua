-- What every script of a waiting room begins with: the room's keys, the room itself, and one entry a person.
local roomKey, rangesKey, lineKey, placesKey, sessionsKey, unclaimedKey = unpack(KEYS)
local run = ARGV[1]
local keepMs

-- nil for a room that another process of Redis left behind, too: it may be older than the master knows.
local function findRoom()
  local fields = redis.call('HMGET', roomKey,
    'run', 'incarnation', 'serving', 'issued', 'isPaused', 'admittedPerSecond', 'generation', 'settledAt', 'keepMs')
  if fields[1] ~= run then return nil end
  keepMs = fields[9]
  return {
    incarnation = fields[2], serving = tonumber(fields[3]), issued = tonumber(fields[4]), isPaused = fields[5],
    admittedPerSecond = fields[6], generation = tonumber(fields[7]), settledAt = tonumber(fields[8])
  }
end

local function viewOf(room)
  return {room.incarnation, room.serving, room.issued, room.isPaused, room.admittedPerSecond}
end

local function setPolicy(version, isPaused)
  local current = redis.call('HGET', roomKey, 'policyVersion')
  if tonumber(current) < tonumber(version) then
    redis.call('HSET', roomKey, 'policyVersion', version, 'isPaused', isPaused)
  end
end

-- ── entries ───────────────────────────────────────────────────────────────────────────────────────────────
-- Who waits is in the line, by number. Everybody else, and who waits and has used numbers up before, is in the places:
-- "<state> <number> <numbers used up, through> <whether claimed> <end> <end once claimed>", 0 for no end.

local function waiting(number, usedThrough)
  return {state = 'waiting', number = number, usedThrough = usedThrough, isClaimed = 0, endsAt = 0, fullEndsAt = 0}
end

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
  local number = redis.call('ZSCORE', lineKey, userId)
  local text = redis.call('HGET', placesKey, userId)
  local entry = text and parse(text) or nil
  if not number then return entry end
  return waiting(tonumber(number), entry and entry.usedThrough or 0)
end

-- No key outlives the room by much.
local function keep(key) redis.call('PEXPIRE', key, keepMs, 'NX') end

local function put(userId, entry)
  if entry.state == 'waiting' then
    redis.call('ZADD', lineKey, entry.number, userId)
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
  if entry.state == 'admitted' and entry.isClaimed == 0 then
    redis.call('ZADD', unclaimedKey, entry.endsAt, userId)
    keep(unclaimedKey)
  else
    redis.call('ZREM', unclaimedKey, userId)
  end
end

-- {number, state, end or nil}
local function placeOf(entry, now)
  local state = entry.state
  if state == 'admitted' and not isRunning(entry, now) then state = 'expired' end
  return {entry.number, state, entry.endsAt > 0 and entry.endsAt}
end

-- Whoever looks after a session has claimed it.
local function turnUp(userId, entry, now)
  if isRunning(entry, now) and entry.isClaimed == 0 then put(userId, claimed(entry)) end
  return entry
end
