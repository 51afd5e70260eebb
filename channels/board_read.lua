-- Reads a page of a ranked board, and the places of some of its members.
--
-- KEYS  1 members  2 rows  3 state
-- ARGV  1 offset  2 limit  3 name to have in the middle, or empty  4 bytes of a key that members of one rank share
--       5.. names whose places are asked for
-- Reply nothing when the board is not built, else
--       {version, note, count, offset, rank of the first, members, {{key, position, rank} or nothing, …}}

local state = redis.call('HMGET', KEYS[3], 'version', 'note', 'count')
if not state[1] or redis.call('ZCARD', KEYS[1]) ~= tonumber(state[3]) then
  return false
end

local width = tonumber(ARGV[4])
local function rank(key)
  return redis.call('ZLEXCOUNT', KEYS[1], '-', '(' .. string.sub(key, 1, width)) + 1
end

local offset, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
if ARGV[3] ~= '' then
  local key = redis.call('HGET', KEYS[2], ARGV[3])
  if key then
    offset = math.max(0, redis.call('ZRANK', KEYS[1], key .. ARGV[3]) - math.floor(limit / 2))
  else
    limit = 0
  end
end

local members, first = {}, 0
if limit > 0 then
  members = redis.call('ZRANGE', KEYS[1], offset, offset + limit - 1)
  if members[1] then
    first = rank(members[1])
  end
end

local places = {}
for place = 5, #ARGV do
  local key = redis.call('HGET', KEYS[2], ARGV[place])
  if key then
    places[#places + 1] = {key, redis.call('ZRANK', KEYS[1], key .. ARGV[place]), rank(key)}
  else
    places[#places + 1] = {}
  end
end
return {state[1], state[2] or '', tonumber(state[3]), offset, first, members, places}
