-- Every tournament whose clock runs, over all tenants, and the status that its own times say it ought to have by now.
-- $1 the clock's offset
SELECT tenant_id, id, tournament_status, board_version,
    CASE
        WHEN tournament_status = 'registration' AND start_time <= clock.now THEN 'running'
        WHEN tournament_status = 'running' AND end_time <= clock.now THEN 'finalizing'
        WHEN tournament_status = 'finalizing'
            AND end_time + coalesce((tournament_config ->> 'grace_s')::int, 60) * interval '1 second' < clock.now
            THEN 'settled'
    END AS next_status
FROM tournaments
CROSS JOIN (SELECT clock_timestamp() + $1::interval AS now) AS clock
WHERE tournament_status IN ('registration', 'running', 'finalizing')
ORDER BY tenant_id, id
LIMIT 10000
