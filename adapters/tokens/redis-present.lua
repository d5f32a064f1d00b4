-- The place of who holds a token with this number. ARGV: run, user, number, now, lot as far as it is known. Replies
-- {place or nil, room}.
local userId, number, now, lot = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local room = findRoom()
if not room then return 'missing' end
local entry = find(userId)
if entry and (entry.number == number or isRunning(entry, now)) then
  return {placeOf(turnUp(userId, entry, now), now), viewOf(room)}
end
if entry and number <= entry.usedThrough then
  return {placeOf(ended('expired', number, entry.usedThrough), now), viewOf(room)}
end
if entry and entry.state == 'waiting' then
  -- Of two numbers the lower one counts; of two in the crowd, the one that was drawn with it.
  local isOutdrawn = isDrawn(entry) and isInCrowd(room, number)
  if entry.number < number or isOutdrawn then return {placeOf(entry, now), viewOf(room)} end
end
local wantsLot = isInCrowd(room, number) and hasLots(room)
if wantsLot and not lot then return 'undrawn' end
local score = wantsLot and scoreOf(number, lot) or number
if math.floor(score) <= room.serving then return {false, viewOf(room)} end
local restored = waiting(number, entry and entry.usedThrough or 0, score)
put(userId, restored)
return {placeOf(restored, now), viewOf(room)}
