-- Puts a board that has been built beside in its place, unless another is there already.
--
-- KEYS  1 members  2 rows  3 state  4 members built  5 rows built
-- ARGV  1 version  2 note  3 how long it all lives, in ms
-- Reply 1 when it stands there now, else 0

local state = redis.call('HMGET', KEYS[3], 'version', 'count')
if state[1] and redis.call('ZCARD', KEYS[1]) == tonumber(state[2]) then
  redis.call('UNLINK', KEYS[4], KEYS[5])
  return 0
end
redis.call('UNLINK', KEYS[1], KEYS[2])
if redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('RENAME', KEYS[4], KEYS[1])
  redis.call('RENAME', KEYS[5], KEYS[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3] + 60000)
  redis.call('PEXPIRE', KEYS[2], ARGV[3] + 60000)
end
redis.call('HSET', KEYS[3], 'version', ARGV[1], 'note', ARGV[2], 'count', redis.call('ZCARD', KEYS[1]))
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return 1
