-- Moves a show's projection on from one revision to the next and tells who watches: 'applied', 'stale' or 'gap'.
local seatsKey, channel = KEYS[1], ARGV[1]
local from, to, change, idleMs, freedCount = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local firstFreed = 7
local firstTaken = firstFreed + freedCount
-- Lua unpacks no more than some 8,000 values at once; even, since a taken seat is a pair.
local unpackedMax = 4000

local function callWith(command, first, last)
  for start = first, last, unpackedMax do
    redis.call(command, seatsKey, unpack(ARGV, start, math.min(start + unpackedMax - 1, last)))
  end
end

local revision = tonumber(redis.call('HGET', seatsKey, '') or nil)
if revision and revision >= tonumber(to) then return 'stale' end
if revision ~= from then
  redis.call('UNLINK', seatsKey)
  return 'gap'
end
redis.call('HSET', seatsKey, '', to)
callWith('HDEL', firstFreed, firstTaken - 1)
callWith('HSET', firstTaken, #ARGV)
redis.call('PEXPIRE', seatsKey, idleMs)
redis.call('PUBLISH', channel, change)
return 'applied'
