-- Adds rows to the end of a tenant's audit chain and moves its head, which this transaction has locked.
-- $1 tenant, $2 moment, then one array a column
WITH entry AS (
    INSERT INTO audit_logs (
        tenant_id, created_at, user_id, action, entity_type, entity_id, old_values, new_values, ip_address, user_agent,
        sequence, previous_hash, hash
    )
    SELECT $1, $2, entry.*
    FROM unnest(
        $3::varchar[], $4::varchar[], $5::varchar[], $6::uuid[], $7::jsonb[], $8::jsonb[], $9::varchar[], $10::text[],
        $11::bigint[], $12::bytea[], $13::bytea[]
    ) AS entry
)
UPDATE audit_heads AS head
SET sequence = $11[array_upper($11, 1)], hash = $13[array_upper($13, 1)]
WHERE head.tenant_id = $1
