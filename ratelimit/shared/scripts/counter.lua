-- Counters as package window has them: runs of units, the oldest first.
-- A counter is one text: 13 bytes for each run (when the last of it passed, in 7, and its units, in 6), and the units of all in 8.
-- So a script looks at the runs at both ends, and at the others only where it must.
local exact, parts, maxRuns, maxUnits = 32, 32, 64, 2 ^ 46
local size, form = 13, '<I7I6'
local floor, min, max, sub = math.floor, math.min, math.max, string.sub
local pack, unpackText = struct.pack, struct.unpack

-- ARGV[1] is the time in microseconds where a test sets it, and empty otherwise.
local now = tonumber(ARGV[1])
local real = not now
if real then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local function quantumOf(limit, period)
  if limit <= exact then return 1 end
  return max(1, floor(period / parts))
end

-- opened reads a counter. What is none of ours counts nothing.
local function opened(text)
  if not text or #text < 8 or (#text - 8) % size ~= 0 then return { runs = '', n = 0, total = 0 } end
  local length = #text - 8
  return { runs = sub(text, 1, length), n = length / size, total = unpackText('<d', text, length + 1) }
end

local function save(key, c, period)
  if not c.dirty then return end
  if c.n == 0 then
    redis.call('DEL', key)
    return
  end
  local ttl = floor(period / 1000) + 1000
  if not real then ttl = 1e8 end
  redis.call('SET', key, c.runs .. pack('<d', c.total), 'PX', string.format('%.0f', ttl))
end

-- run is when a run was, and its units.
local function run(c, i)
  return unpackText(form, c.runs, size * (i - 1) + 1)
end

-- splice puts text in the place of so many runs, from the first on.
local function splice(c, first, many, text)
  c.runs = sub(c.runs, 1, size * (first - 1)) .. text .. sub(c.runs, size * (first - 1 + many) + 1)
  c.n = c.n - many + #text / size
  c.dirty = true
end

-- put makes a run another.
local function put(c, i, at, units)
  local _, before = run(c, i)
  units = min(units, maxUnits)
  c.total = c.total - before + units
  splice(c, i, 1, pack(form, at, units))
end

-- insert makes a run in the place of another, which comes after it then. Where there are too many, the two oldest become one.
local function insert(c, i, at, units)
  units = min(units, maxUnits)
  splice(c, i, 0, pack(form, at, units))
  c.total = c.total + units
  if c.n > maxRuns then
    local _, oldest = run(c, 1)
    local second, next = run(c, 2)
    put(c, 2, second, oldest + next)
    c.total = c.total - oldest
    splice(c, 1, 1, '')
  end
end

local function add(c, quantum, at, units)
  if c.n > 0 then
    local last, before = run(c, c.n)
    if floor(last / quantum) == floor(at / quantum) then
      put(c, c.n, at, before + units)
      return
    end
  end
  insert(c, c.n + 1, at, units)
end

-- settle forgets what is a period old, and what would have passed later than now has passed now.
local function settle(c, limit, period)
  local dead = 0
  while dead < c.n do
    local at, units = run(c, dead + 1)
    if now - at < period then break end
    dead, c.total = dead + 1, c.total - units
  end
  if dead > 0 then splice(c, 1, dead, '') end
  local ahead, many = 0, 0
  while many < c.n do
    local at, units = run(c, c.n - many)
    if at <= now then break end
    many, ahead = many + 1, ahead + units
  end
  if many > 0 then
    c.total = c.total - ahead
    splice(c, c.n - many + 1, many, '')
    add(c, quantumOf(limit, period), now, ahead)
  end
end
