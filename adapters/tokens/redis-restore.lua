-- Restores a place whose number has been passed. ARGV: run, user, number, now, and of the admission that used the number
-- up, if one did: its number, end and issuedThrough. Replies {place, room}.
local userId, number, now = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local usedUpBy = tonumber(ARGV[5])
local endsAt, issuedThrough = tonumber(ARGV[6]), tonumber(ARGV[7])
local room = findRoom()
if not room then return 'missing' end

local function keepAs(entry)
  put(userId, entry)
  return {placeOf(entry, now), viewOf(room)}
end

local entry = find(userId)
if entry and (entry.number == number or isRunning(entry, now)) then
  return {placeOf(turnUp(userId, entry, now), now), viewOf(room)}
end
if not usedUpBy then return keepAs(waiting(number, entry and entry.usedThrough or 0)) end
if usedUpBy == number then return keepAs(claimed(begun(number, endsAt, issuedThrough))) end
local passed = ended('expired', number, issuedThrough)
if entry and entry.state == 'waiting' and issuedThrough < entry.number then
  -- A later number, taken after that admission, is as good as before.
  entry.usedThrough = issuedThrough
  put(userId, entry)
  return {placeOf(passed, now), viewOf(room)}
end
return keepAs(passed)
