-- Takes back units that were charged at a time, as far as their run still has them.
-- KEYS is the counter; ARGV[2] on: limit, period, the time, units.
local limit, period, at, units = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local c, quantum = opened(redis.call('GET', KEYS[1])), quantumOf(limit, period)
for i = c.n, 1, -1 do
  local last, before = run(c, i)
  if floor(last / quantum) == floor(at / quantum) then
    if before > units then
      put(c, i, last, before - units)
    else
      c.total = c.total - before
      splice(c, i, 1, '')
    end
    break
  end
end
save(KEYS[1], c, period)
return 0
