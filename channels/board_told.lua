-- Remembers what has been told of a board: the version, and what its listeners were shown at it.
--
-- KEYS  1 told
-- ARGV  1 version told before, or empty  2 version told now  3 what was shown  4 how long it lives, in ms
-- Reply 1 when it was so before, else 0

if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'shown', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
