-- Locks the players of a batch in one order; whoever changes a player's chances, epochs or plays does this first.
-- $1 tenant, $2 user ids
SELECT user_id, player_status, display_name
FROM players
WHERE tenant_id = $1 AND user_id = ANY ($2::varchar[])
ORDER BY user_id
FOR NO KEY UPDATE
