-- Counts what passed elsewhere, where it belongs in time.
-- KEYS is the counter; ARGV[2] on: limit, period, and for each run how long ago it was, and its units.
local limit, period = tonumber(ARGV[2]), tonumber(ARGV[3])
local c, quantum = opened(redis.call('GET', KEYS[1])), quantumOf(limit, period)
settle(c, limit, period)

local function restore(at, units)
  local place = c.n
  while place > 0 and run(c, place) > at do place = place - 1 end
  for i = max(1, place), min(c.n, place + 1) do
    local last, before = run(c, i)
    if floor(last / quantum) == floor(at / quantum) then
      put(c, i, max(last, at), before + units)
      return
    end
  end
  insert(c, place + 1, at, units)
end

for i = 4, #ARGV, 2 do
  local age, units = max(0, tonumber(ARGV[i])), tonumber(ARGV[i + 1])
  if age < period and units > 0 then restore(now - age, units) end
end
save(KEYS[1], c, period)
return 0
