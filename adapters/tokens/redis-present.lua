-- The place of who holds a token with this number. ARGV: run, user, number, now. Replies {place or nil, room}.
local userId, number, now = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local room = findRoom()
if not room then return 'missing' end
local entry = find(userId)
if entry and (entry.number == number or isRunning(entry, now)) then
  return {placeOf(turnUp(userId, entry, now), now), viewOf(room)}
end
if entry and number <= entry.usedThrough then
  return {placeOf(ended('expired', number, entry.usedThrough), now), viewOf(room)}
end
if entry and entry.state == 'waiting' and entry.number < number then
  return {placeOf(entry, now), viewOf(room)}
end
if number <= room.serving then return {false, viewOf(room)} end
local restored = waiting(number, entry and entry.usedThrough or 0)
put(userId, restored)
return {placeOf(restored, now), viewOf(room)}
