-- The order is a stream, and each purge an entry of four fields:
--   p  the id of the entry before it, by which whoever reads it finds out that one is missing
--   s  who sent it, and
--   n  its number among that sender's, both empty where a script added it
--   t  the tags, 8 bytes each
-- KEYS[1] is the stream; ARGV[1] is about how many entries are retained, and ARGV[2] the tag of all.
local stream, retained, all = KEYS[1], ARGV[1], ARGV[2]

local function last()
  local entry = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return entry and entry[1]
end

local function add(id, previous, sender, number, tags)
  return redis.call('XADD', stream, 'MAXLEN', '~', retained, id, 'p', previous, 's', sender, 'n', number, 't', tags)
end

-- An order that begins knows of nothing that was purged before.
local function begin() return add('*', '0-0', '', '', all) end
