-- Adds seats to a projection that nobody reads yet; it clears itself up if it is never put in place.
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
