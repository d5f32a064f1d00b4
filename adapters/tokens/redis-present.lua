-- The places of those who hold tokens with these numbers. ARGV: run, then four each: user, number, now, lot as far as it is
-- known. Replies {room, places}: number, lot, state and end each, all of them nil where only the master knows the place, and
-- where its lot is wanted all but the state 'undrawn'.
local room = findRoom()
if not room then return 'missing' end

local function present(userId, number, now, lot)
  local entry = find(userId)
  if entry and (entry.number == number or isRunning(entry, now)) then
    return placeOf(turnUp(userId, entry, now), now)
  end
  if entry and number <= entry.usedThrough then return placeOf(ended('expired', number, entry.usedThrough), now) end
  local isWaiting = entry and entry.state == 'waiting'
  if isWaiting then
    -- Of two numbers the lower one counts; of two in the crowd, the one that was drawn with it.
    local isOutdrawn = isDrawn(entry) and isInCrowd(room, number)
    if entry.number < number or isOutdrawn then return placeOf(entry, now) end
  end
  local wantsLot = isInCrowd(room, number) and hasLots(room)
  if wantsLot and not lot then return {false, false, 'undrawn', false} end
  local score = wantsLot and scoreOf(number, lot) or number
  if math.floor(score) <= room.serving then return nil end
  if isWaiting then giveUp(room, entry.number) end
  local restored = waiting(number, entry and entry.usedThrough or 0, score)
  put(userId, restored)
  return placeOf(restored, now)
end

local places = {}
for index = 2, #ARGV, 4 do
  local number, now, lot = tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2]), tonumber(ARGV[index + 3])
  addPlace(places, present(ARGV[index], number, now, lot))
end
return {viewOf(room), places}
