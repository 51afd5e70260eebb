-- A spin's reward has arrived: what was paid, that nothing more is due, and that a claim for it is met.
-- $1 tenant, $2 session, $3 amount paid
UPDATE spin_results
SET paid_amount = $3,
    result_status = CASE WHEN result_status = 'shown' THEN 'settled' ELSE result_status END,
    claim_status = CASE WHEN claim_status = 'claiming' THEN 'claimed' ELSE claim_status END,
    row_version = row_version + 1, updated_at = clock_timestamp()
WHERE tenant_id = $1 AND id = $2 AND result_status <> 'voided'
