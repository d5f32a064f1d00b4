-- Ends the user's session, if one runs and its number is this one. ARGV: run, user, number, now.
local userId, number, now = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local entry = findRoom() and find(userId)
if entry and isRunning(entry, now) and entry.number == number then
  entry.state, entry.endsAt, entry.fullEndsAt = 'expired', now, now
  put(userId, entry)
end
