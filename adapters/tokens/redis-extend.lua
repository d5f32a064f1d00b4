-- Adds numbers to be issued, except where numbers beyond them were. ARGV: run, from, through.
local from, through = tonumber(ARGV[2]), ARGV[3]
local room = findRoom()
if not room then return 'missing' end
keepRange(room, from, through)
return 'extended'
