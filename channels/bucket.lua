#!lua
-- Takes tokens out of a bucket that all nodes share. It fills by itself with time, by this server's clock.
--
-- KEYS  1 bucket: a hash of `tokens` (below zero when more was spent than there was) and `at`, in microseconds
-- ARGV  1 tokens a second  2 the most that it holds  3 wanted  4 spent already and not yet taken
-- Returns how many of the wanted there were, and in how many ms the next one will be (0 when there was one).

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local rate, most, wanted, spent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1] or most), tonumber(kept[2] or now)

tokens = math.min(most, tokens + math.max(0, now - at) * rate / 1000000) - spent
local granted = math.max(0, math.min(wanted, math.floor(tokens)))
tokens = tokens - granted
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
-- A bucket that has filled up again need not be known.
redis.call('PEXPIRE', KEYS[1], math.ceil((most - tokens) / rate * 1000) + 1000)
if granted > 0 or tokens >= 1 then
  return {granted, 0}
end
return {granted, math.ceil((1 - tokens) / rate * 1000)}
