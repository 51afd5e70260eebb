-- read_due_wheels
-- Wheels over all tenants whose time to open or to end has come, and what they become.
-- $1 offset of the clock
SELECT wheel.tenant_id, wheel.id,
    CASE WHEN wheel.wheel_status = 'scheduled' THEN 'active' ELSE 'ended' END AS next_status
FROM wheel_games AS wheel
WHERE wheel.wheel_status = 'scheduled' AND wheel.opens_at <= clock_timestamp() + $1::interval
    OR wheel.wheel_status IN ('active', 'paused') AND wheel.closes_at <= clock_timestamp() + $1::interval
ORDER BY wheel.tenant_id, wheel.id
LIMIT 500
