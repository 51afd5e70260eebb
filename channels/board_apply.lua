-- Brings a ranked board from one version to the next, or leaves it alone when it is not at the one expected.
--
-- KEYS  1 members  2 rows  3 state
-- ARGV  1 version expected  2 new version  3 note  4 how long it all lives, in ms  5.. pairs: name, key (empty: gone)
-- Reply 1 when applied, else 0

if redis.call('HGET', KEYS[3], 'version') ~= ARGV[1] then
  return 0
end
for place = 5, #ARGV, 2 do
  local name, key = ARGV[place], ARGV[place + 1]
  local before = redis.call('HGET', KEYS[2], name)
  if before ~= key then
    if before then
      redis.call('ZREM', KEYS[1], before .. name)
    end
    if key == '' then
      redis.call('HDEL', KEYS[2], name)
    else
      redis.call('ZADD', KEYS[1], 0, key .. name)
      redis.call('HSET', KEYS[2], name, key)
    end
  end
end
redis.call('HSET', KEYS[3], 'version', ARGV[2], 'note', ARGV[3], 'count', redis.call('ZCARD', KEYS[1]))
-- The state goes first, so that what is left of a board that has lapsed is never taken for one.
redis.call('PEXPIRE', KEYS[1], ARGV[4] + 60000)
redis.call('PEXPIRE', KEYS[2], ARGV[4] + 60000)
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1
