-- The look at the door: the key's fingerprint, then admission, then all seats or none. Replies {outcome}, or
-- {'taken', until or nil, seat, ...}. Nothing is written unless the outcome is 'claimed'.
local commandKey, roomKey, sessionsKey, seatsKey, claimsKey, reservationKey = unpack(KEYS)
local now = tonumber(ARGV[1])
local reservationId, userId, fingerprint = ARGV[2], ARGV[3], ARGV[4]
-- The process of Redis whose sessions count; empty where no admission is required.
local run = ARGV[5]
local fingerprintTtlMs, fingerprintEnd = ARGV[6], ARGV[7]
local claimTtlMs, claimEnd = ARGV[8], ARGV[9]
local visibleTtlMs, visibleEnd = ARGV[10], ARGV[11]
local firstSeat = 12

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
if #ARGV >= firstSeat then
  local statuses = redis.call('HMGET', seatsKey, unpack(ARGV, firstSeat))
  local claims = redis.call('HMGET', claimsKey, unpack(ARGV, firstSeat))
  local refusal = {'taken', 0}
  for index = 1, #claims do
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
