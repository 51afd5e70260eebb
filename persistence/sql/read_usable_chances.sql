-- A player's usable grants in the order of spending: soonest expiring first, oldest first among equals.
-- $1 tenant, $2 user, $3 limit
SELECT held.*, sum(held.remaining_chances) OVER () AS usable
FROM spin_chances AS held
WHERE held.tenant_id = $1 AND held.user_id = $2 AND held.chance_status = 'active' AND held.remaining_chances > 0
    AND (held.expires_at IS NULL OR held.expires_at > clock_timestamp())
ORDER BY held.expires_at NULLS LAST, held.awarded_at, held.id
LIMIT $3
