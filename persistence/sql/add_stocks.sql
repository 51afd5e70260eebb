-- add_stocks
-- Begins to count what is paid out of rewards; those that are counted already stay as they are.
-- $1 tenant, $2 reward ids, in their order
INSERT INTO reward_stocks (tenant_id, wheel_reward_id)
SELECT $1, reward_id FROM unnest($2::uuid[]) AS stock (reward_id)
ON CONFLICT (tenant_id, wheel_reward_id) DO NOTHING
