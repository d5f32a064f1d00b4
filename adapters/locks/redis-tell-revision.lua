-- Tells who watches at which revision the projection stands: in a script, so that it comes between the changes where
-- it belongs.
local revision = redis.call('HGET', KEYS[1], '') or '0'
redis.call('PUBLISH', ARGV[1], '{"from":' .. revision .. ',"to":' .. revision .. ',"changes":[]}')
