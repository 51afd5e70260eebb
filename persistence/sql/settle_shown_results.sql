-- Settles results that their player has seen and whose reward has arrived.
-- $1 tenant, $2 session ids
UPDATE spin_results AS result
SET result_status = 'settled', row_version = result.row_version + 1, updated_at = clock_timestamp()
FROM reward_deliveries AS delivery
WHERE delivery.tenant_id = $1 AND delivery.source = 'spin' AND delivery.source_id = ANY ($2::uuid[])
    AND delivery.delivery_status = 'confirmed'
    AND result.tenant_id = $1 AND result.id = delivery.source_id AND result.id = ANY ($2::uuid[])
    AND result.result_status = 'shown'
