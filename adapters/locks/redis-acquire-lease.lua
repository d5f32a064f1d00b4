-- Takes or renews the lease: 1, or 0 while another holder's runs. The value is "<end> <holder>".
local holder, ttlMs, now, leaseEnd = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local ends, current = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (.*)$')
if ends and current ~= holder and tonumber(ends) > now then return 0 end
redis.call('SET', KEYS[1], leaseEnd .. ' ' .. holder, 'PX', ttlMs)
return 1
