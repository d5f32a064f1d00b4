-- Prolongs the user's session, if one runs. ARGV: run, user, until, now.
local userId, ends, now = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local entry = findRoom() and find(userId)
if entry and isRunning(entry, now) then
  entry.fullEndsAt = math.max(ends, entry.fullEndsAt)
  put(userId, claimed(entry))
end
