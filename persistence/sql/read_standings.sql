-- A page of a board, out of the totals: most points first, level players in the order in which they reached them.
-- $1 tenant, $2 tournament, $3 offset, $4 limit
SELECT user_id, total, reached_points_id
FROM tournament_totals
WHERE tenant_id = $1 AND tournament_id = $2 AND reached_points_id IS NOT NULL
ORDER BY total DESC, reached_points_id
OFFSET $3 LIMIT $4
