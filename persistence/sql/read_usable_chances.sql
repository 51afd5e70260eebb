-- Players' usable grants, each player's in the order of spending: soonest expiring first, oldest first among equals.
-- $1 tenant, $2 user ids, $3 how many grants a player at the most, $4 offset of the clock; `usable` counts the chances
-- of all of them
SELECT held.*
FROM unnest($2::varchar[]) AS player (user_id)
CROSS JOIN LATERAL (
    SELECT mine.*, sum(mine.remaining_chances) OVER () AS usable
    FROM spin_chances AS mine
    WHERE mine.tenant_id = $1 AND mine.user_id = player.user_id AND mine.chance_status = 'active'
        AND mine.remaining_chances > 0
        AND (mine.expires_at IS NULL OR mine.expires_at > clock_timestamp() + $4::interval)
    ORDER BY mine.expires_at NULLS LAST, mine.awarded_at, mine.id
    LIMIT $3
) AS held
