-- The look at the door, for several requests of one show in their order. Of each: the key's fingerprint, then admission,
-- then all seats or none. Replies for each {outcome}, or {'taken', until or nil, seat, ...}; nothing is written for it
-- unless the outcome is 'claimed'.
local roomKey, sessionsKey, seatsKey, claimsKey = unpack(KEYS, 1, 4)
-- `run`: the process of Redis whose sessions count; empty where no admission is required.
local fingerprintTtlMs, claimTtlMs, visibleTtlMs, run = unpack(ARGV, 1, 4)
-- Of a request: its command's and its reservation's; its values, of which the last is the number of seats that follow.
local firstKey, firstValue, valuesOfEach = 5, 5, 5

-- What there is, read at once, and kept in step with what is written here.
local knownOf, statusOf, claimOf = {}, {}, {}
for index, known in ipairs(redis.call('MGET', unpack(KEYS, firstKey))) do
  knownOf[KEYS[firstKey - 1 + index]] = known
end
local seatIds = {}
local first = firstValue
for _ = firstKey, #KEYS, 2 do
  local last = first + valuesOfEach - 1 + tonumber(ARGV[first + valuesOfEach - 1])
  for place = first + valuesOfEach, last do seatIds[#seatIds + 1] = ARGV[place] end
  first = last + 1
end
if #seatIds > 0 then
  local statuses = redis.call('HMGET', seatsKey, unpack(seatIds))
  local claims = redis.call('HMGET', claimsKey, unpack(seatIds))
  for index, seatId in ipairs(seatIds) do statusOf[seatId], claimOf[seatId] = statuses[index], claims[index] end
end

-- Written out, since Lua would round so long a number; once for all who came in one moment.
local moment, fingerprintEnd, visibleEnd, claimEnd
local function setMoment(nowText)
  local function after(ttlMs) return string.format('%.0f', tonumber(nowText) + ttlMs) end
  moment = nowText
  fingerprintEnd, visibleEnd, claimEnd = after(fingerprintTtlMs), after(visibleTtlMs), after(claimTtlMs)
end

local isServing = run == '' or redis.call('HGET', roomKey, 'run') == run
local function isAdmitted(userId, now)
  if run == '' then return true end
  local ends = isServing and redis.call('ZSCORE', sessionsKey, userId)
  return ends and tonumber(ends) > now
end

local claimed = {}
local function look(commandKey, claimedKey, first)
  local nowText, reservationId, userId, fingerprint, seatCount = unpack(ARGV, first, first + valuesOfEach - 1)
  local now = tonumber(nowText)
  local ends, known = string.match(knownOf[commandKey] or '', '^(%d+) (.*)$')
  local isRepeat = ends and tonumber(ends) > now
  if isRepeat and known ~= fingerprint then return {'idempotency_mismatch'} end
  if not isRepeat and not isAdmitted(userId, now) then return {'not_admitted'} end

  local own = {}
  local refusal = {'taken', 0}
  for index = first + valuesOfEach, first + valuesOfEach - 1 + tonumber(seatCount) do
    local seatId = ARGV[index]
    local status, claim = statusOf[seatId], claimOf[seatId]
    local isTaken = status and string.match(status, ' (.*)$') ~= reservationId
    local claimEnds, claimant = string.match(claim or '', '^(%d+) (.*)$')
    local isClaimed = claimEnds and claimant ~= reservationId and tonumber(claimEnds) > now
    if isTaken or isClaimed then
      refusal[#refusal + 1] = seatId
      if isTaken then refusal[2] = false
      elseif refusal[2] then refusal[2] = math.max(refusal[2], tonumber(claimEnds)) end
    else
      own[#own + 1] = seatId
    end
  end
  if not isRepeat and #refusal > 2 then return refusal end

  if nowText ~= moment then setMoment(nowText) end
  local seats = string.match(knownOf[claimedKey] or '', ' .*$') or ''
  for _, seatId in ipairs(own) do
    if not string.find(seats .. ' ', ' ' .. seatId .. ' ', 1, true) then seats = seats .. ' ' .. seatId end
    claimOf[seatId] = claimEnd .. ' ' .. reservationId
    claimed[#claimed + 1] = seatId
    claimed[#claimed + 1] = claimOf[seatId]
  end
  knownOf[commandKey] = fingerprintEnd .. ' ' .. fingerprint
  redis.call('SET', commandKey, knownOf[commandKey], 'PX', fingerprintTtlMs)
  knownOf[claimedKey] = visibleEnd .. seats
  redis.call('SET', claimedKey, knownOf[claimedKey], 'PX', visibleTtlMs)
  return {'claimed'}
end

local replies = {}
first = firstValue
for index = firstKey, #KEYS, 2 do
  replies[#replies + 1] = look(KEYS[index], KEYS[index + 1], first)
  first = first + valuesOfEach + tonumber(ARGV[first + valuesOfEach - 1])
end
if #claimed > 0 then redis.call('HSET', claimsKey, unpack(claimed)) end
redis.call('PEXPIRE', claimsKey, claimTtlMs)
return replies
