-- Takes a key that is new or has expired, for this transaction; changes nothing when it is taken. Waits for whoever has it.
-- $1 tenant, $2 caller, $3 route, $4 key, $5 hash of the body, $6 hours for which the answer is kept
INSERT INTO idempotency_keys AS held (tenant_id, caller, route, idempotency_key, body_hash, expires_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(hours => $6))
ON CONFLICT (tenant_id, caller, route, idempotency_key) DO UPDATE
SET body_hash = excluded.body_hash, expires_at = excluded.expires_at, created_at = clock_timestamp(),
    response_status = NULL, response_body = NULL
WHERE held.expires_at < clock_timestamp()
