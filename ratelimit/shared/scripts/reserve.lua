-- Decides about reservations in their order, as package window does.
-- KEYS are the counters and last, where ARGV[2] is not empty, the key of the generation, which ARGV[2] must be.
-- ARGV[3] on: for each reservation want, least, force (0 or 1) and the number of its charges; for each of those the number of its
-- key, limit, period and cost.
-- The answer is now, and for each reservation what was granted and for each charge what remains and the wait (-1: never).
local generation = ARGV[2]
local counters = redis.call('MGET', unpack(KEYS))
if generation ~= '' and counters[#KEYS] ~= generation then
  return redis.error_reply('LOST the counters are not those that were counted in')
end

local used, periods = {}, {}
local answer, arg = { now }, 2

local function number()
  arg = arg + 1
  return tonumber(ARGV[arg])
end

local function wait(charge, units, left)
  if units > charge.limit then return -1 end
  local c, tooMany, last = charge.counter, units - left, nil
  for i = 1, c.n do
    if tooMany <= 0 then break end
    local at, passed = run(c, i)
    tooMany = tooMany - passed
    last = at + charge.period - now
  end
  return last or 0
end

local function readCharge()
  local key, limit, period, cost = number(), number(), number(), number()
  local c = used[key]
  if not c then
    c = opened(counters[key])
    used[key], periods[key] = c, 0
  end
  periods[key] = max(periods[key], period)
  settle(c, limit, period)
  return { counter = c, limit = limit, period = period, cost = cost }
end

while arg < #ARGV do
  local want, least, force, n = number(), number(), number(), number()
  local charges, granted = {}, want
  for i = 1, n do
    local charge = readCharge()
    charges[i] = charge
    if force == 0 then
      granted = min(granted, floor((charge.limit - charge.counter.total) / charge.cost))
    end
  end
  if force == 0 and granted < max(1, least) then granted = 0 end
  answer[#answer + 1] = granted
  for i = 1, n do
    local charge = charges[i]
    local c = charge.counter
    if granted > 0 then
      add(c, quantumOf(charge.limit, charge.period), now, min(granted * charge.cost, maxUnits))
    end
    local left = charge.limit - c.total
    answer[#answer + 1] = max(0, left)
    answer[#answer + 1] = wait(charge, min(max(1, least) * charge.cost, maxUnits), left)
  end
end

for key, c in pairs(used) do save(KEYS[key], c, periods[key]) end
return answer
