-- Every raffle whose sale ought to be open, or closed, by now, over all tenants, and what it ought to be.
-- $1 the clock's offset
SELECT tenant_id, id, CASE WHEN end_time <= now.at THEN 'closed' ELSE 'on_sale' END AS next_status
FROM raffle_campaigns, LATERAL (SELECT clock_timestamp() + $1::interval AS at) AS now
WHERE campaign_status IN ('on_sale', 'paused') AND end_time <= now.at
    OR campaign_status = 'committed' AND start_time <= now.at AND end_time > now.at
ORDER BY tenant_id, id
LIMIT 10000
