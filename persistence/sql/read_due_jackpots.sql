-- Every open jackpot that ought to be locked by now, over all tenants.
-- $1 the clock's offset
SELECT tenant_id, id FROM jackpot_games
WHERE jackpot_status = 'open' AND locks_at <= clock_timestamp() + $1::interval
ORDER BY tenant_id, id
LIMIT 10000
