-- 1 where the user's session runs. ARGV: run, user, now.
local userId, now = ARGV[2], tonumber(ARGV[3])
local entry = findRoom() and find(userId)
return entry and isRunning(entry, now) and 1 or 0
