-- lock_stocks
-- Holds the stocks of rewards, in one order, and tells what has been paid out of them and the time when they were held.
-- $1 tenant, $2 reward ids, $3 offset of the clock
WITH held AS MATERIALIZED (
    SELECT stock.wheel_reward_id, stock.paid_total, stock.paid_day, stock.paid_on_day
    FROM reward_stocks AS stock
    WHERE stock.tenant_id = $1 AND stock.wheel_reward_id = ANY ($2::uuid[])
    ORDER BY stock.wheel_reward_id
    FOR NO KEY UPDATE
)
SELECT held.*, clock_timestamp() + $3::interval AS now, tenant.time_zone
FROM held JOIN tenants AS tenant ON tenant.id = $1
