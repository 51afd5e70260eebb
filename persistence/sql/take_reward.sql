-- Begins an attempt at delivering a reward, unless none is due; the first one decides by which way all of them go.
-- $1 tenant, $2 delivery, $3 seconds after which another attempt may take over, $4 offset of the clock
UPDATE reward_deliveries AS delivery
SET delivery_status = 'sending', attempts = attempts + 1,
    route = coalesce(
        delivery.route,
        CASE WHEN EXISTS (
            SELECT FROM webhook_endpoints AS endpoint
            WHERE endpoint.tenant_id = $1 AND endpoint.endpoint_status = 'active'
                AND 'reward.due' = ANY (endpoint.event_types)
        ) THEN 'webhook' ELSE coalesce(
            (SELECT wallet.adapter FROM wallets AS wallet WHERE wallet.tenant_id = $1), 'ledger'
        ) END
    ),
    next_attempt_at = clock_timestamp() + $4::interval + $3 * interval '1 second',
    row_version = row_version + 1, updated_at = clock_timestamp()
WHERE delivery.tenant_id = $1 AND delivery.id = $2
    AND (
        delivery.delivery_status IN ('pending', 'failed')
        OR delivery.delivery_status = 'sending' AND delivery.next_attempt_at <= clock_timestamp() + $4::interval
    )
RETURNING *
