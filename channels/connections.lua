#!lua
-- A node says how many connections each of some users of a tenant has on it, and that it lives; it is told how many they
-- have on the others.
--
-- KEYS  1 a sorted set: each node, and the ms at which it is taken for dead  2 what `of:<node>` begins with
-- ARGV  1 node  2 ms until it is taken for dead, unless it reports again  3 connections that a user may have
--       4 '1': the node begins  5 the tenant's connections on it
--       then by user: the user, connections, how many of them hear the user's own channel, the ms at which the oldest
--       began, how many may be sent away: as many as have come since the last report
-- Returns 1, or 0 when the node is not known (it was taken for dead, or Redis has forgotten: it begins anew); the tenant's
-- connections on the other nodes; for each user those there that hear; and in turn a user who has too many, the node with
-- the oldest, and how many are to go.
-- `of:<node>` is a hash: by user `connections:hearing:oldest ms`; the tenant's connections under the empty name.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local node, ttl, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local own = KEYS[2] .. node

if ARGV[4] == '1' then
  redis.call('DEL', own)
elseif redis.call('EXISTS', own) == 0 then
  return {0, 0, {}, {}}
end
redis.call('HSET', own, '', ARGV[5])
redis.call('PEXPIRE', own, ttl)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ttl, node)
redis.call('PEXPIRE', KEYS[1], ttl)

local others, elsewhere = {}, 0
for _, other in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if other ~= node then
    others[#others + 1] = other
    elsewhere = elsewhere + tonumber(redis.call('HGET', KEYS[2] .. other, '') or 0)
  end
end

local hearing, too_many = {}, {}
for place = 6, #ARGV, 5 do
  local user, here, oldest = ARGV[place], tonumber(ARGV[place + 1]), tonumber(ARGV[place + 3])
  if here == 0 then
    redis.call('HDEL', own, user)
  else
    redis.call('HSET', own, user, here .. ':' .. ARGV[place + 2] .. ':' .. ARGV[place + 3])
  end
  local there, hears_there, at = 0, 0, node
  for _, other in ipairs(others) do
    local told = redis.call('HGET', KEYS[2] .. other, user)
    if told then
      local connections, hears, since = string.match(told, '^(%d+):(%d+):(%d+)$')
      there = there + tonumber(connections)
      hears_there = hears_there + tonumber(hears)
      if tonumber(since) < oldest or (here == 0 and at == node) then
        oldest, at = tonumber(since), other
      end
    end
  end
  hearing[#hearing + 1] = hears_there
  -- Each that has come sends one away, so that nobody is sent away for what another is about to close already.
  local excess = math.min(here + there - most, tonumber(ARGV[place + 4]))
  if excess > 0 then
    too_many[#too_many + 1] = user
    too_many[#too_many + 1] = at
    too_many[#too_many + 1] = excess
  end
end
return {1, elsewhere, hearing, too_many}
