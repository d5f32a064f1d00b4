-- The place of each user, or a new one at the end. ARGV: run, then two a user: user, now. Replies {room, places}:
-- number, lot, state, end and 1 if it is new a user, all of them nil for who finds no number left.
local room = findRoom()
if not room then return 'missing' end

local issuedBefore, range, through = room.issued, nil, nil

-- nil where no number is left.
local function issue()
  if not range then
    range = redis.call('ZRANGE', rangesKey, 0, 0)[1]
    if not range then return nil end
    local from
    from, through = string.match(range, '^(%d+) (%d+)$')
    room.issued = math.max(room.issued, tonumber(from) - 1)
  end
  room.issued = room.issued + 1
  if room.issued == tonumber(through) then
    redis.call('ZREM', rangesKey, range)
    range = nil
  end
  return room.issued
end

local function join(userId, now)
  if now >= room.opensAt then closeCrowd(room) end
  local entry = find(userId)
  if entry and (entry.state == 'waiting' or isRunning(entry, now)) then return turnUp(userId, entry, now), 0 end
  -- Whoever leaves before a draw and comes back draws no second lot.
  local isBack = entry and entry.state == 'left' and room.lottery == 'due' and not room.crowdThrough
  local number = isBack and entry.number or issue()
  if not number then return nil end
  local joined = waiting(number, entry and number - 1 or 0)
  if entry then put(userId, joined) else enter(userId, joined) end
  return joined, 1
end

local places = {}
for index = 2, #ARGV, 2 do
  local now = tonumber(ARGV[index + 1])
  local entry, isNew = join(ARGV[index], now)
  addPlace(places, entry and placeOf(entry, now))
  table.insert(places, isNew or false)
end
if room.issued > issuedBefore then redis.call('HSET', roomKey, 'issued', room.issued) end
return {viewOf(room), places}
