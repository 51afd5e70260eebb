-- Notes that the player has seen results, which closes their plays.
-- $1 tenant, $2 session ids
WITH seen AS (
    DELETE FROM open_spins
    WHERE tenant_id = $1 AND session_id = ANY ($2::uuid[]) AND revealed_at IS NOT NULL
    RETURNING session_id
)
UPDATE spin_results AS result
SET result_status = 'shown', row_version = result.row_version + 1, updated_at = clock_timestamp()
FROM seen
WHERE result.tenant_id = $1 AND result.id = seen.session_id AND result.id = ANY ($2::uuid[])
    AND result.result_status = 'decided'
