-- Writes down rewards that results owe, each once for what won it; answers with those that this call wrote.
-- $1 tenant, then one array a column: $2 user, $3 source, $4 source id, $5 type, $6 detail, $7 amount, $8 currency;
-- $9 offset of the clock
INSERT INTO reward_deliveries (
    tenant_id, user_id, source, source_id, reward_type, reward_detail, amount, currency, delivery_status,
    next_attempt_at
)
SELECT $1, owed.*,
    CASE owed.reward_type WHEN 'in_kind' THEN 'manual' ELSE 'pending' END,
    CASE owed.reward_type WHEN 'in_kind' THEN NULL ELSE clock_timestamp() + $9::interval END
FROM unnest(
    $2::varchar[], $3::varchar[], $4::uuid[], $5::varchar[], $6::jsonb[], $7::numeric[], $8::varchar[]
) AS owed (user_id, source, source_id, reward_type, reward_detail, amount, currency)
ON CONFLICT (tenant_id, source, source_id) DO NOTHING
RETURNING *
