-- How many connections and users a channel has on all nodes that live.
--
-- KEYS  1 nodes  2 connections  3 users  4 what `of:<node>` begins with
-- Returns connections, users, whether some are still to be cleared away, and who went.

local went = {}
local more = clear(KEYS, 2000, now_ms(), went)
local connections = 0
for _, count in ipairs(redis.call('HVALS', KEYS[2])) do
  connections = connections + tonumber(count)
end
return {connections, redis.call('HLEN', KEYS[3]), more, went}
