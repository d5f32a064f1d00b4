-- Adds sessions to those that a room will be opened with; they clear themselves up if it never is.
redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
