#!lua
-- Begins every script of a channel: where the channel stands.
-- A channel's epoch is new when its position is not known, and when the Redis server is not the one that counted it: what
-- a server has come back with after a restart may be older than what was told.

local function new_epoch(keys, run)
  local time = redis.call('TIME')
  local epoch = string.format('%s-%x%05x', string.sub(run, 1, 8), tonumber(time[1]), tonumber(time[2]))
  redis.call('DEL', keys[1], keys[2], keys[3])
  redis.call('HSET', keys[1], 'run', run, 'epoch', epoch, 'offset', '0')
  return epoch
end

-- keys: position, history, latest. Returns the epoch and the newest offset.
local function position(keys, run)
  local known = redis.call('HMGET', keys[1], 'run', 'epoch', 'offset')
  if known[1] == run then
    return known[2], tonumber(known[3])
  end
  return new_epoch(keys, run), 0
end
