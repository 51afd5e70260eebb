-- A node says how many connections a channel has on it, who has come and who has left, and that it lives.
--
-- KEYS  1 nodes  2 connections  3 users  4 what `of:<node>` begins with
-- ARGV  1 node  2 ms until it is taken for dead, unless it reports again  3 connections  4 '1': it begins
--       5 how many users have come; then they, and then those who have left
-- Returns 1, or 0 when the node is not known (it was taken for dead, or Redis has forgotten: it begins anew under another
-- name); whether more is to be cleared away; who came and who went, over all nodes.

local now = now_ms()
local node = ARGV[1]
local came, went = {}, {}
local more = clear(KEYS, 2000, now, went)
local lives = redis.call('ZSCORE', KEYS[1], node)
if ARGV[4] ~= '1' and (not lives or tonumber(lives) == 0) then
  return {0, more, came, went}
end

local of = KEYS[4] .. node
local joined = tonumber(ARGV[5])
for place = 6, #ARGV do
  local user = ARGV[place]
  if place < 6 + joined then
    if redis.call('SADD', of, user) == 1 and redis.call('HINCRBY', KEYS[3], user, 1) == 1 then
      came[#came + 1] = user
    end
  elseif redis.call('SREM', of, user) == 1 and leave(KEYS[3], user) then
    went[#went + 1] = user
  end
end

if ARGV[3] == '0' and redis.call('EXISTS', of) == 0 then
  redis.call('ZREM', KEYS[1], node)
  redis.call('HDEL', KEYS[2], node)
else
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), node)
  redis.call('HSET', KEYS[2], node, ARGV[3])
  for _, key in ipairs({KEYS[1], KEYS[2], KEYS[3], of}) do
    redis.call('PEXPIRE', key, KEPT_MS)
  end
end
return {1, more, came, went}
