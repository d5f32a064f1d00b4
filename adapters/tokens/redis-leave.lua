-- Gives the place up; one with another number stays. ARGV: run, user, number.
local userId, number = ARGV[2], tonumber(ARGV[3])
local room = findRoom()
if not room then return 'missing' end
local entry = find(userId)
if entry and entry.number == number then
  if entry.state == 'waiting' then giveUp(room, number) end
  put(userId, ended('left', number, math.max(number, entry.usedThrough)))
end
return 'left'
