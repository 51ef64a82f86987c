-- Adds a purge. ARGV[3] on are who sends it, its number, and its tags.
return add('*', last() or begin(), ARGV[3], ARGV[4], ARGV[5])
