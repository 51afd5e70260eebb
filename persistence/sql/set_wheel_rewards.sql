-- set_wheel_rewards
-- Replaces the rewards of a locked wheel by a whole set; a slug that the wheel has had keeps its row.
-- $1 tenant, $2 wheel, $3 the status of those that go, then one array a column
WITH gone AS (
    UPDATE wheel_rewards AS reward
    SET is_active = false, reward_status = coalesce($3, reward.reward_status), row_version = reward.row_version + 1,
        updated_at = clock_timestamp()
    WHERE reward.tenant_id = $1 AND reward.wheel_game_id = $2 AND reward.is_active
        AND NOT reward.reward_slug = ANY ($4::varchar[])
)
INSERT INTO wheel_rewards AS reward (
    tenant_id, wheel_game_id, reward_slug, reward_label, reward_type, reward_color, reward_description, reward_detail,
    range_start, range_end, probability
)
SELECT $1, $2, planned.*
FROM unnest(
    $4::varchar[], $5::varchar[], $6::varchar[], $7::varchar[], $8::text[], $9::jsonb[], $10::bigint[], $11::bigint[],
    $12::numeric[]
) AS planned
ON CONFLICT (tenant_id, wheel_game_id, reward_slug) DO UPDATE
SET reward_label = excluded.reward_label, reward_type = excluded.reward_type, reward_color = excluded.reward_color,
    reward_description = excluded.reward_description, reward_detail = excluded.reward_detail,
    range_start = excluded.range_start, range_end = excluded.range_end, probability = excluded.probability,
    is_active = true, row_version = reward.row_version + 1, updated_at = clock_timestamp()
