-- Writes a message and its way to each endpoint that is to get it; answers with the sends that are not confirmed.
-- $1 tenant, $2 message id (null: a new one), $3 type, $4 payload, $5 the one endpoint (null: all that listen),
-- $6 whether jobs carry it (otherwise no attempt is due by itself)
WITH known AS (
    SELECT coalesce($2::uuid, uuidv7()) AS id
),
message AS (
    INSERT INTO webhook_messages (tenant_id, id, event_type, payload)
    SELECT $1, known.id, $3::varchar, $4::jsonb FROM known
    WHERE EXISTS (
        SELECT FROM webhook_endpoints AS endpoint
        WHERE endpoint.tenant_id = $1 AND endpoint.endpoint_status = 'active'
            AND CASE WHEN $5::uuid IS NULL THEN $3::varchar = ANY (endpoint.event_types) ELSE endpoint.id = $5 END
    )
    ON CONFLICT (tenant_id, id) DO NOTHING
),
send AS (
    INSERT INTO webhook_sends (tenant_id, webhook_message_id, webhook_endpoint_id, next_attempt_at)
    SELECT $1, known.id, endpoint.id, CASE WHEN $6 THEN clock_timestamp() END
    FROM known, webhook_endpoints AS endpoint
    WHERE endpoint.tenant_id = $1 AND endpoint.endpoint_status = 'active'
        AND CASE WHEN $5::uuid IS NULL THEN $3::varchar = ANY (endpoint.event_types) ELSE endpoint.id = $5 END
    ON CONFLICT (tenant_id, webhook_message_id, webhook_endpoint_id) DO NOTHING
    RETURNING id
)
SELECT id FROM send
UNION ALL
SELECT made.id FROM webhook_sends AS made, known
WHERE made.tenant_id = $1 AND made.webhook_message_id = known.id AND made.send_status <> 'confirmed'
