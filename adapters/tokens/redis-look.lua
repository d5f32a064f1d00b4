-- The room.
local room = findRoom()
return room and viewOf(room) or 'missing'
