-- Where a channel stands, what was kept after a position, and the newest of each latest event, all as of one moment.
--
-- KEYS  1 position  2 history  3 latest
-- ARGV  1 run id of this server  2 epoch, or empty  3 offset  4 events kept  5 how long the position lives, in ms
-- Reply {epoch, offset, {message kept after that position, …}, {latest message, …}}

local epoch, offset = position(KEYS, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[5])

local kept = {}
local after = tonumber(ARGV[3])
if ARGV[2] == epoch and after < offset and offset - after <= tonumber(ARGV[4]) then
  for index, entry in ipairs(redis.call('XRANGE', KEYS[2], string.format('(%.0f-0', after), '+')) do
    kept[index] = entry[2][4]
  end
end
return {epoch, offset, kept, redis.call('HVALS', KEYS[3])}
