-- Remembers the fingerprints of commands that claim nothing, in their order: of each 1, or 0 if its key had another one.
local ttlMs = ARGV[1]
-- Of a command.
local firstValue, valuesOfEach = 2, 3

local knownOf = {}
for index, known in ipairs(redis.call('MGET', unpack(KEYS))) do knownOf[KEYS[index]] = known end

local replies = {}
for index, key in ipairs(KEYS) do
  local first = firstValue + (index - 1) * valuesOfEach
  local now, fingerprint, fingerprintEnd = unpack(ARGV, first, first + valuesOfEach - 1)
  -- "<end> <fingerprint>"
  local ends, known = string.match(knownOf[key] or '', '^(%d+) (.*)$')
  local isOther = ends and tonumber(ends) > tonumber(now) and known ~= fingerprint
  if not isOther then
    knownOf[key] = fingerprintEnd .. ' ' .. fingerprint
    redis.call('SET', key, knownOf[key], 'PX', ttlMs)
  end
  replies[index] = isOther and 0 or 1
end
return replies
