-- Adds ARGV[1] requests to a count whose window of ARGV[2] ms begins with the first: {count, rest of the window}.
local requests, windowMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local count = redis.call('INCRBY', KEYS[1], requests)
if count == requests then
  redis.call('PEXPIRE', KEYS[1], windowMs)
  return {count, windowMs}
end
return {count, redis.call('PTTL', KEYS[1])}
