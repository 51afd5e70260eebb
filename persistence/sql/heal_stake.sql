-- Begins to take back a stake that has come to a halt: one that no wallet has heard of is simply let go.
-- $1 tenant, $2 stake, $3 seconds after which another attempt may take over, $4 offset of the clock
UPDATE wallet_transactions AS stake
SET transaction_status = CASE stake.transaction_status WHEN 'reserved' THEN 'rolled_back' ELSE 'rolling_back' END,
    attempts = stake.attempts + 1,
    next_attempt_at = CASE
        WHEN stake.transaction_status <> 'reserved'
        THEN clock_timestamp() + $4::interval + $3 * interval '1 second'
    END,
    row_version = row_version + 1, updated_at = clock_timestamp()
WHERE stake.tenant_id = $1 AND stake.id = $2
    AND stake.transaction_status IN ('reserved', 'debiting', 'debited', 'rolling_back')
    AND stake.next_attempt_at <= clock_timestamp() + $4::interval
RETURNING *
