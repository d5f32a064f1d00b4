-- The user's place, or a new one at the end. ARGV: run, user, now. Replies {place, room, 1 if it is new}.
local userId, now = ARGV[2], tonumber(ARGV[3])

-- nil where no number is left.
local function issue(room)
  local first = redis.call('ZRANGE', rangesKey, 0, 0)[1]
  if not first then return nil end
  local from, through = string.match(first, '^(%d+) (%d+)$')
  local number = math.max(room.issued + 1, tonumber(from))
  room.issued = number
  redis.call('HSET', roomKey, 'issued', number)
  if number == tonumber(through) then redis.call('ZREM', rangesKey, first) end
  return number
end

local room = findRoom()
if not room then return 'missing' end
if now >= room.opensAt then closeCrowd(room) end
local entry = find(userId)
if entry and (entry.state == 'waiting' or isRunning(entry, now)) then
  return {placeOf(turnUp(userId, entry, now), now), viewOf(room), 0}
end
-- Whoever leaves before a draw and comes back draws no second lot.
local isBack = entry and entry.state == 'left' and room.lottery == 'due' and not room.crowdThrough
local number = isBack and entry.number or issue(room)
if not number then return 'exhausted' end
local joined = waiting(number, entry and number - 1 or 0)
put(userId, joined)
return {placeOf(joined, now), viewOf(room), 1}
