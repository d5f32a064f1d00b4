-- Makes the room, unless it is there, and keeps the range either way. ARGV: run, now, keepMs, settleMs, range from and
-- through, serving, generation, policy version, isPaused, isLottery, rate, estimateSpread, opensAt, drawn through or empty,
-- life, hasOpened. The sessions are staged in the list KEYS[8], each as user, number, end and issuedThrough.
local stagedKey, lifeKey = KEYS[8], KEYS[9]
local now, settleMs = tonumber(ARGV[2]), tonumber(ARGV[4])
local from, through, serving = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local generation, version, isPaused, isLottery = ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local rate, spread, opensAt, drawnThrough = ARGV[12], ARGV[13], tonumber(ARGV[14]), ARGV[15]
local hasOpened = ARGV[17]

local room = findRoom()
if not room and run .. ' ' .. (redis.call('GET', lifeKey) or '') ~= ARGV[16] then
  redis.call('UNLINK', stagedKey)
  return
end
if not room then
  -- What an older copy knows of serving was announced once. Who waits in it waits on; what became of the others only
  -- the master knows.
  serving = math.max(serving, tonumber(redis.call('HGET', roomKey, 'serving') or 0))
  local wasDrawn = redis.call('HGET', roomKey, 'lottery') == 'drawn'
  redis.call('UNLINK', roomKey, rangesKey, placesKey, sessionsKey, unclaimedKey, goneKey)
  local isDrawn = drawnThrough ~= ''
  -- Of a crowd that had no lots yet, each comes back with a token, and is given the lot.
  local passed = isDrawn and not wasDrawn and math.max(serving, tonumber(drawnThrough)) or serving
  redis.call('ZREMRANGEBYSCORE', lineKey, '-inf', '(' .. passed + 1)
  local isFirst = from == 1
  redis.call('HSET', roomKey, 'run', run, 'incarnation', from, 'serving', serving, 'issued', from - 1,
    'isPaused', isPaused, 'admittedPerSecond', rate, 'generation', generation, 'policyVersion', version,
    'settledAt', isFirst and now or now + settleMs, 'keepMs', ARGV[3], 'estimateSpread', spread, 'opensAt', opensAt,
    'hasOpened', hasOpened, 'lottery', isDrawn and 'drawn' or isLottery == '1' and 'due' or 'none')
  -- Whatever was issued before may have been so before the sale opened.
  if isDrawn or now >= opensAt then
    redis.call('HSET', roomKey, 'crowdThrough', isDrawn and drawnThrough or from - 1)
  end
  redis.call('PEXPIRE', roomKey, ARGV[3])
  room = findRoom()
  local staged = redis.call('LRANGE', stagedKey, 0, -1)
  for index = 1, #staged, 4 do
    local number, endsAt, issuedThrough = unpack(staged, index + 1, index + 3)
    put(staged[index], claimed(begun(tonumber(number), tonumber(endsAt), tonumber(issuedThrough))))
  end
end
redis.call('UNLINK', stagedKey)
keepRange(room, from, through)
