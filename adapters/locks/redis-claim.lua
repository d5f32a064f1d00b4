-- The look at the door, for several requests in their order. Of each: the key's fingerprint, then admission, then all
-- seats or none. Replies for each {outcome}, or {'taken', until or nil, seat, ...}; nothing is written for it unless the
-- outcome is 'claimed'.
local fingerprintTtlMs, claimTtlMs, visibleTtlMs = ARGV[1], ARGV[2], ARGV[3]
local keysOfEach = 6
-- Of a request, before its seats.
local valuesOfEach = 9

local function look(firstKey, first)
  local commandKey, roomKey, sessionsKey, seatsKey, claimsKey, reservationKey =
    unpack(KEYS, firstKey, firstKey + keysOfEach - 1)
  -- `run`: the process of Redis whose sessions count; empty where no admission is required.
  local nowText, fingerprintEnd, claimEnd, visibleEnd, reservationId, userId, fingerprint, run =
    unpack(ARGV, first, first + valuesOfEach - 2)
  local now, seatCount = tonumber(nowText), tonumber(ARGV[first + valuesOfEach - 1])
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
  local reservation = {'', visibleEnd}
  if seatCount > 0 then
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

  if #claim > 0 then
    redis.call('HSET', claimsKey, unpack(claim))
    redis.call('PEXPIRE', claimsKey, claimTtlMs)
  end
  redis.call('HSET', reservationKey, unpack(reservation))
  redis.call('PEXPIRE', reservationKey, visibleTtlMs)
  redis.call('SET', commandKey, fingerprintEnd .. ' ' .. fingerprint, 'PX', fingerprintTtlMs)
  return {'claimed'}
end

local replies = {}
local first = 4
for firstKey = 1, #KEYS, keysOfEach do
  table.insert(replies, look(firstKey, first))
  first = first + valuesOfEach + tonumber(ARGV[first + valuesOfEach - 1])
end
return replies
