-- Moves a stake on, if it stands where it is thought to; its first call decides by which wallet all of them go.
-- $1 tenant, $2 stake, $3 statuses it may have, $4 the new one, $5 seconds until it is looked after (null: never),
-- $6 offset of the clock, $7 error
UPDATE wallet_transactions AS stake
SET transaction_status = $4::varchar,
    route = CASE
        WHEN $4::varchar = 'debiting' THEN coalesce(
            stake.route, (SELECT wallet.adapter FROM wallets AS wallet WHERE wallet.tenant_id = $1), 'ledger'
        )
        ELSE stake.route
    END,
    next_attempt_at = clock_timestamp() + $6::interval + $5::float8 * interval '1 second',
    last_error = coalesce($7::text, stake.last_error),
    row_version = row_version + 1, updated_at = clock_timestamp()
WHERE stake.tenant_id = $1 AND stake.id = $2 AND stake.transaction_status = ANY ($3::varchar[])
RETURNING *
