-- The look at the door, for several requests of one show in their order. Of each: the key's fingerprint, then admission,
-- then all seats or none. Replies for each {outcome}, or {'taken', until or nil, seat, ...}; nothing is written for it
-- unless the outcome is 'claimed'.
local roomKey, sessionsKey, seatsKey, claimsKey = unpack(KEYS, 1, 4)
-- `run`: the process of Redis whose sessions count; empty where no admission is required.
local fingerprintTtlMs, claimTtlMs, visibleTtlMs, run = unpack(ARGV, 1, 4)
-- Of a request, before its seats.
local valuesOfEach = 5

-- Written out, since Lua would round so long a number.
local function after(now, ttlMs) return string.format('%.0f', now + ttlMs) end

local function look(commandKey, reservationKey, first)
  local nowText, reservationId, userId, fingerprint, seats = unpack(ARGV, first, first + valuesOfEach - 1)
  local now, seatCount = tonumber(nowText), tonumber(seats)
  local firstSeat = first + valuesOfEach

  local function isLive(ends) return ends and tonumber(ends) > now end

  local function isAdmitted()
    return redis.call('HGET', roomKey, 'run') == run and isLive(redis.call('ZSCORE', sessionsKey, userId))
  end

  local fingerprintEnds, known = string.match(redis.call('GET', commandKey) or '', '^(%d+) (.*)$')
  local isRepeat = isLive(fingerprintEnds)
  if isRepeat and known ~= fingerprint then return {'idempotency_mismatch'} end
  if not isRepeat and run ~= '' and not isAdmitted() then return {'not_admitted'} end

  local claim = {}
  local reservation = {'', after(now, visibleTtlMs)}
  if seatCount > 0 then
    local claimEnd = after(now, claimTtlMs)
    local statuses = redis.call('HMGET', seatsKey, unpack(ARGV, firstSeat, firstSeat + seatCount - 1))
    local claims = redis.call('HMGET', claimsKey, unpack(ARGV, firstSeat, firstSeat + seatCount - 1))
    local refusal = {'taken', 0}
    for index = 1, seatCount do
      local seatId = ARGV[firstSeat - 1 + index]
      local isTaken = statuses[index] and string.match(statuses[index], ' (.*)$') ~= reservationId
      local claimEnds, claimant = string.match(claims[index] or '', '^(%d+) (.*)$')
      local isClaimed = isLive(claimEnds) and claimant ~= reservationId
      if isTaken or isClaimed then
        table.insert(refusal, seatId)
        if isTaken then refusal[2] = false
        elseif refusal[2] then refusal[2] = math.max(refusal[2], tonumber(claimEnds)) end
      else
        table.insert(claim, seatId)
        table.insert(claim, claimEnd .. ' ' .. reservationId)
        table.insert(reservation, seatId)
        table.insert(reservation, '')
      end
    end
    if not isRepeat and #refusal > 2 then return refusal end
  end

  if #claim > 0 then redis.call('HSET', claimsKey, unpack(claim)) end
  redis.call('HSET', reservationKey, unpack(reservation))
  redis.call('PEXPIRE', reservationKey, visibleTtlMs)
  redis.call('SET', commandKey, after(now, fingerprintTtlMs) .. ' ' .. fingerprint, 'PX', fingerprintTtlMs)
  return {'claimed'}
end

local replies = {}
local first = 5
for key = 5, #KEYS, 2 do
  table.insert(replies, look(KEYS[key], KEYS[key + 1], first))
  first = first + valuesOfEach + tonumber(ARGV[first + valuesOfEach - 1])
end
redis.call('PEXPIRE', claimsKey, claimTtlMs)
return replies
