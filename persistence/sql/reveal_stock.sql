-- reveal_stock
-- Counts what players have been shown to win out of stocks: a reward is told to be depleted when its last item has been
-- shown, not while a wheel still turns to it.
-- $1 tenant, $2 reward ids, $3 how often each was shown
WITH held AS MATERIALIZED (
    -- in the order in which every batch holds them
    SELECT wheel_reward_id FROM reward_stocks
    WHERE tenant_id = $1 AND wheel_reward_id = ANY ($2::uuid[])
    ORDER BY wheel_reward_id
    FOR NO KEY UPDATE
),
shown AS (
    UPDATE reward_stocks AS stock
    SET shown_total = stock.shown_total + won.times, updated_at = clock_timestamp()
    FROM unnest($2::uuid[], $3::int[]) AS won (reward_id, times), held
    WHERE stock.tenant_id = $1 AND stock.wheel_reward_id = won.reward_id AND held.wheel_reward_id = won.reward_id
    RETURNING stock.wheel_reward_id AS reward_id, stock.shown_total
)
UPDATE wheel_rewards AS reward
SET reward_status = 'depleted', row_version = reward.row_version + 1, updated_at = clock_timestamp()
FROM shown
WHERE reward.tenant_id = $1 AND reward.id = shown.reward_id AND reward.reward_status = 'active'
    AND shown.shown_total >= (reward.reward_detail -> 'stock' ->> 'total')::int
