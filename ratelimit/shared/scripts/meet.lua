-- Says that an instance is there. KEYS are the instances and the generation; ARGV[2] on: the instance, how long one is remembered
-- (microseconds), and a name for the generation if it is a new one. The answer is the number of instances, the generation, and
-- its age in microseconds.
local id, memory = ARGV[2], tonumber(ARGV[3])
local generation = redis.call('GET', KEYS[2])
if not generation then
  generation = string.format('%.0f', now) .. '-' .. ARGV[4]
  redis.call('SET', KEYS[2], generation)
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), id)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - memory))
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + memory), '+inf')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', floor(memory / 1000) * 2 + 1000))
local born = tonumber(string.match(generation, '^(%d+)-')) or 0
return { redis.call('ZCARD', KEYS[1]), generation, max(0, now - born) }
