-- Gives chances, with the key that makes the grant one.
-- $1 tenant, $2 user, $3 type, $4 reason, $5 count, $6 expiry, $7 metadata, $8 source, $9 its key
WITH chance AS (
    INSERT INTO spin_chances (
        tenant_id, user_id, chance_type, chance_status, award_reason, chance_count, used_chances, remaining_chances,
        awarded_at, expires_at, chance_metadata
    )
    VALUES ($1, $2, $3, 'active', $4, $5, 0, $5, clock_timestamp(), $6, $7::jsonb)
    RETURNING id
)
INSERT INTO chance_grants (tenant_id, source, source_key, spin_chance_id)
SELECT $1, $8, $9, id FROM chance
RETURNING spin_chance_id
