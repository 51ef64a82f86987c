-- Adds an event to the stream, as an entry of three fields:
--   p  the id of the entry before it, by which whoever reads it finds out that one is missing
--   s  who sent it
--   e  the event, in JSON; empty where events could not be told
-- KEYS[1] is the stream; ARGV[1] is about how many entries are retained, ARGV[2] who sends, and ARGV[3] the event.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'p', last and last[1] or '0-0', 's', ARGV[2], 'e', ARGV[3])
