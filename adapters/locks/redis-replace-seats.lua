-- Puts a staged projection in place, unless what stands there is newer, and tells who watches to read it.
local seatsKey, stagedKey = KEYS[1], KEYS[2]
local channel, revision, idleMs = ARGV[1], ARGV[2], ARGV[3]
local current = tonumber(redis.call('HGET', seatsKey, '') or nil)
if redis.call('EXISTS', stagedKey) == 0 or (current and current > tonumber(revision)) then
  redis.call('UNLINK', stagedKey)
  return
end
redis.call('UNLINK', seatsKey)
redis.call('RENAME', stagedKey, seatsKey)
redis.call('PEXPIRE', seatsKey, idleMs)
redis.call('PUBLISH', channel, '{"from":' .. revision .. ',"to":' .. revision .. ',"changes":[]}')
