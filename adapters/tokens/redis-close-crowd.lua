-- Closes the crowd that is drawn by lot, once. Replies its last number. ARGV: run.
local room = findRoom()
if not room then return 'missing' end
closeCrowd(room)
return room.crowdThrough
