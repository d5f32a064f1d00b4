-- Remembers the fingerprint of a command that claims nothing: 1, or 0 if the key had another one.
local now, fingerprint, ttlMs, fingerprintEnd = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]

-- "<end> <fingerprint>"
local ends, known = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (.*)$')
if ends and tonumber(ends) > now and known ~= fingerprint then return 0 end
redis.call('SET', KEYS[1], fingerprintEnd .. ' ' .. fingerprint, 'PX', ttlMs)
return 1
