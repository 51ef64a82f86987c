-- Says which entry is the last. ARGV[3] is the one that the caller has read last. Where the order does not reach that far, entries were
-- lost that others may not have read, and all is purged, at a place after any that was given away.
local function parts(id)
  local time, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(number)
end

local function before(one, other)
  local time, number = parts(one)
  local otherTime, otherNumber = parts(other)
  return time < otherTime or (time == otherTime and number < otherNumber)
end

local function after(id)
  local time, number = parts(id)
  return string.format('%.0f-%.0f', time, number + 1)
end

redis.call('XTRIM', stream, 'MAXLEN', '~', retained) -- which a server refuses that is no master any more
local known, newest = ARGV[3], last() or begin()
if before(newest, known) then newest = add('*', newest, '', '', all) end
if before(newest, known) then newest = add(after(known), newest, '', '', all) end
return newest
