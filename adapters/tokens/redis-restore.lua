-- Restores a place whose lot has been passed. ARGV: run, user, number, lot, now, and of the admission that used the number
-- up, if one did: its number, end and issuedThrough. Replies {place, room}.
local userId, number, lot, now = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local usedUpBy = tonumber(ARGV[6])
local endsAt, issuedThrough = tonumber(ARGV[7]), tonumber(ARGV[8])
local room = findRoom()
if not room then return 'missing' end

local entry = find(userId)

local function keepAs(other)
  if entry and entry.state == 'waiting' then giveUp(room, entry.number) end
  put(userId, other)
  return {placeOf(other, now), viewOf(room)}
end

if entry and (entry.number == number or isRunning(entry, now)) then
  return {placeOf(turnUp(userId, entry, now), now), viewOf(room)}
end
if not usedUpBy then
  local score = isInCrowd(room, number) and hasLots(room) and scoreOf(number, lot) or number
  return keepAs(waiting(number, entry and entry.usedThrough or 0, score))
end
if usedUpBy == number then return keepAs(claimed(begun(number, endsAt, issuedThrough))) end
local passed = ended('expired', number, issuedThrough)
if entry and entry.state == 'waiting' and issuedThrough < entry.number then
  -- A later number, taken after that admission, is as good as before.
  entry.usedThrough = issuedThrough
  put(userId, entry)
  return {placeOf(passed, now), viewOf(room)}
end
return keepAs(passed)
