-- take_stock
-- Counts what a batch pays out of stocks that it holds.
-- $1 tenant; $2 reward ids, $3 paid in all, $4 the day, $5 paid on it; $6 reward ids, $7 user ids, $8 paid to each now
WITH held AS (
    UPDATE reward_stocks AS stock
    SET paid_total = paid.total, paid_day = paid.day, paid_on_day = paid.on_day, updated_at = clock_timestamp()
    FROM unnest($2::uuid[], $3::int[], $4::date[], $5::int[]) AS paid (reward_id, total, day, on_day)
    WHERE stock.tenant_id = $1 AND stock.wheel_reward_id = paid.reward_id
)
INSERT INTO reward_player_stocks AS player (tenant_id, wheel_reward_id, user_id, paid)
SELECT $1, paid.* FROM unnest($6::uuid[], $7::varchar[], $8::int[]) AS paid (reward_id, user_id, paid)
ON CONFLICT (tenant_id, wheel_reward_id, user_id)
DO UPDATE SET paid = player.paid + excluded.paid, updated_at = clock_timestamp()
