-- Completes spins whose wheel has stopped; one completed already, here or elsewhere, is passed over.
-- Answers with those that this call completed.
-- $1 tenant, $2 session ids, $3 offset of the clock
WITH stopped AS (
    SELECT open.session_id, open.user_id
    FROM open_spins AS open
    WHERE open.tenant_id = $1 AND open.session_id = ANY ($2::uuid[]) AND open.revealed_at IS NULL
        AND open.stops_at <= clock_timestamp() + $3::interval
    ORDER BY open.session_id
    FOR UPDATE SKIP LOCKED
),
opened AS (
    UPDATE open_spins AS open SET revealed_at = clock_timestamp()
    FROM stopped WHERE open.tenant_id = $1 AND open.session_id = stopped.session_id
),
session AS (
    UPDATE spin_sessions AS session
    SET spin_status = 'completed', spin_completed_at = clock_timestamp(), row_version = session.row_version + 1,
        updated_at = clock_timestamp()
    FROM stopped WHERE session.tenant_id = $1 AND session.id = stopped.session_id AND session.id = ANY ($2::uuid[])
        AND session.spin_status = 'committed'
)
SELECT session_id FROM stopped
