-- read_player_stocks
-- How often players have been paid rewards; the players are locked, so that nobody else pays them now.
-- $1 tenant, $2 reward ids, $3 user ids
SELECT player.wheel_reward_id, player.user_id, player.paid
FROM unnest($2::uuid[], $3::varchar[]) AS wanted (reward_id, user_id)
JOIN reward_player_stocks AS player
    ON player.tenant_id = $1 AND player.wheel_reward_id = wanted.reward_id AND player.user_id = wanted.user_id
