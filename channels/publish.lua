-- Publishes one event, wholly or not at all: once for an idempotency key, with a version that only rises or an offset
-- without a hole, into the history or as the newest of its kind, and to every node that listens.
--
-- KEYS  1 position  2 history  3 latest  4 pub/sub channel  5 idempotency key, or what was told (may be left out)
-- ARGV  1 run id of this server  2 its word for publishing  3 policy  4 event  5 body  6 version, or empty
--       7 events kept  8 their age in ms  9 how long position and latest live, in ms
--       10 how long the idempotency key lives, in ms  11 the traceparent of the span that publishes, or empty
--       12 the step to it, for those who have what it builds upon, or empty; never kept
--       and, only with what was told:  13 the version it must be at, or empty; then it is at the event's
--       14 what is shown from then on  15 how long it lives, in ms
-- Reply {epoch, offset, version, receivers, duplicate}; an offset or version that there is not is empty.

local once, told = KEYS[5], nil
if ARGV[13] then
  once, told = nil, KEYS[5]
end

if once then
  local before = redis.call('GET', once)
  if before then
    local epoch, offset, version = string.match(before, '^(%S*) (%S*) (%S*)$')
    return {epoch, offset, version, 0, 1}
  end
end

local policy, event = ARGV[3], ARGV[4]
local epoch, offset = position(KEYS, ARGV[1])
local version, place = '', ''

if told then
  if (redis.call('HGET', told, 'version') or '') ~= ARGV[13] then
    return {epoch, '', '', 0, 1}
  end
  redis.call('HSET', told, 'version', ARGV[6], 'shown', ARGV[14])
  redis.call('PEXPIRE', told, ARGV[15])
end

local time = redis.call('TIME')
local stamp = string.format('%.0f', time[1] * 1000000 + time[2]) .. ';' .. ARGV[11]

local function message()
  return table.concat({'E', epoch, place, version, event, stamp, ARGV[5]}, ' ')
end

if policy == 'kept' then
  place = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'offset', 1))
  local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[7], place .. '-0', 't', string.format('%.0f', now_ms), 'm', message())
  -- Two are looked at for each one added, so that old ones go sooner than new ones come.
  local least
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 2)) do
    if tonumber(entry[2][2]) < now_ms - tonumber(ARGV[8]) then
      least = tonumber(string.match(entry[1], '^%d+')) + 1
    end
  end
  if least then
    redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f-0', least))
  end
  redis.call('PEXPIRE', KEYS[2], ARGV[8])
elseif policy == 'latest' then
  local known = tonumber(redis.call('HGET', KEYS[1], 'v:' .. event) or '-1')
  version = ARGV[6]
  if version == '' then
    version = string.format('%.0f', math.max(known + 1, time[1] * 1000000 + time[2]))
  elseif tonumber(version) <= known then
    return {epoch, '', string.format('%.0f', known), 0, 1}
  end
  redis.call('HSET', KEYS[1], 'v:' .. event, version)
  redis.call('HSET', KEYS[3], event, message())
  redis.call('PEXPIRE', KEYS[3], ARGV[9])
end

redis.call('PEXPIRE', KEYS[1], ARGV[9])
if once then
  redis.call('SET', once, epoch .. ' ' .. place .. ' ' .. version, 'PX', ARGV[10])
end
return {epoch, place, version, redis.call(ARGV[2], KEYS[4], message() .. ARGV[12]), 0}
