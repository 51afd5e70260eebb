-- Credits the chances that spins have won, once a play, whoever calls it and however often.
-- $1 tenant, $2 session ids, $3 user ids, $4 chances, $5 hours to use them in (null: no expiry),
-- $6 offset of the clock
WITH won AS (
    SELECT * FROM unnest($2::uuid[], $3::varchar[], $4::int[], $5::int[]) AS won (session_id, user_id, chances, hours)
),
fresh AS (
    SELECT won.*, uuidv7() AS chance_id FROM won
    WHERE NOT EXISTS (
        SELECT FROM chance_grants AS made
        WHERE made.tenant_id = $1 AND made.source = 'reward' AND made.source_key = won.session_id::text
    )
),
chance AS (
    INSERT INTO spin_chances (
        tenant_id, id, user_id, chance_type, chance_status, award_reason, chance_count, used_chances,
        remaining_chances, awarded_at, expires_at, chance_metadata
    )
    SELECT $1, chance_id, user_id, 'reward', 'active', 'won by spin ' || session_id, chances, 0, chances,
        clock_timestamp(), clock_timestamp() + $6::interval + hours * interval '1 hour', '{}'
    FROM fresh
)
INSERT INTO chance_grants (tenant_id, source, source_key, spin_chance_id)
SELECT $1, 'reward', session_id::text, chance_id FROM fresh
