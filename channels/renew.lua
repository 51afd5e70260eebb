-- Begins a channel anew: what was told of it was not all counted, so that nobody may go on from where they stand.
-- Every node that listens is told so, and its readers start from the channel's present state.
--
-- KEYS  1 position  2 history  3 latest  4 pub/sub channel
-- ARGV  1 run id of this server  2 its word for publishing  3 how long the position lives, in ms

local epoch = new_epoch(KEYS, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call(ARGV[2], KEYS[4], 'N ' .. epoch)
return epoch
