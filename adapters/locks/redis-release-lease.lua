-- Compare and delete: a holder whose lease ran out must not end its successor's.
local lease = redis.call('GET', KEYS[1])
if lease and string.match(lease, ' (.*)$') == ARGV[1] then redis.call('DEL', KEYS[1]) end
