#!lua
-- Begins every script of a channel's presence. What a channel has, all under its hash tag:
--   nodes        a sorted set: each node and the ms at which it is taken for dead; 0: dead, and being cleared away
--   connections  a hash: how many connections each living node has
--   users        a hash: on how many nodes each user is; its length is how many users there are
--   of:<node>    a set: the users of one node
-- The last is named in here, since whose it is is known only from the first.

local KEPT_MS = 3600000

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function leave(users, user)
  if redis.call('HINCRBY', users, user, -1) <= 0 then
    redis.call('HDEL', users, user)
    return true
  end
  return false
end

-- Clear away up to `most` users of nodes that have died. Returns whether some are left; `gone` is given those who are on
-- no other node.
local function clear(keys, most, now, gone)
  for _, node in ipairs(redis.call('ZRANGEBYSCORE', keys[1], '-inf', now)) do
    redis.call('ZADD', keys[1], 0, node)
    redis.call('HDEL', keys[2], node)
    local of = keys[4] .. node
    local some = redis.call('SPOP', of, most)
    for _, user in ipairs(some) do
      if leave(keys[3], user) then
        gone[#gone + 1] = user
      end
    end
    most = most - #some
    if redis.call('EXISTS', of) == 1 then
      return 1
    end
    redis.call('ZREM', keys[1], node)
    if most <= 0 then
      return 1
    end
  end
  return 0
end
