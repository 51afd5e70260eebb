-- Gives many grants of one source, each key once: of the same key the first of this call, or the one that is there.
-- $1 tenant, $2 source; then one array a column: $3 keys, $4 users, $5 types, $6 reasons, $7 counts, $8 expiries, $9 metadata
WITH wanted AS MATERIALIZED (
    SELECT one.*, uuidv7() AS id
    FROM unnest(
        $3::varchar[], $4::varchar[], $5::varchar[], $6::text[], $7::int[], $8::timestamptz[], $9::jsonb[]
    ) WITH ORDINALITY AS one (key, user_id, chance_type, reason, chances, expires_at, metadata, ord)
),
claimed AS (
    INSERT INTO chance_grants (tenant_id, source, source_key, spin_chance_id)
    SELECT $1, $2, key, id FROM wanted ORDER BY key, ord
    ON CONFLICT (tenant_id, source, source_key) DO NOTHING
    RETURNING spin_chance_id
)
INSERT INTO spin_chances (
    tenant_id, id, user_id, chance_type, chance_status, award_reason, chance_count, used_chances, remaining_chances,
    awarded_at, expires_at, chance_metadata
)
SELECT $1, id, user_id, chance_type, 'active', reason, chances, 0, chances, clock_timestamp(), expires_at, metadata
FROM wanted
JOIN claimed ON claimed.spin_chance_id = wanted.id
ORDER BY ord
RETURNING id
