-- Writes a batch of decided spins whole, save its audit rows.
-- $1 tenant; then one array a column, one element a spin; $24.. the changes of chances and epochs.
WITH spin AS (
    SELECT *
    FROM unnest(
        $2::uuid[], $3::varchar[], $4::uuid[], $5::varchar[], $6::uuid[], $7::uuid[], $8::bigint[],
        $9::timestamptz[], $10::int[], $11::uuid[], $12::uuid[], $13::uuid[], $14::bigint[], $15::float8[],
        $16::varchar[], $17::varchar[], $18::bytea[], $19::boolean[], $20::jsonb[], $21::varchar[], $22::varchar[],
        $23::jsonb[]
    ) AS spin (
        session_id, user_id, wheel_id, request_id, version_id, epoch_id, nonce,
        started_at, duration_ms, chance_id, range_reward_id, reward_id, position, angle_deg,
        win_status, claim_status, plan, featured, metadata, ip_address, user_agent, event_data
    )
),
request AS (
    INSERT INTO spin_requests (tenant_id, user_id, request_id, session_id, wheel_game_id, requested_at)
    SELECT $1, user_id, request_id, session_id, wheel_id, started_at FROM spin
),
session AS (
    INSERT INTO spin_sessions (
        tenant_id, id, wheel_game_id, user_id, session_id, spin_status, spin_started_at, spin_duration_ms,
        spin_metadata, wheel_version_id, fairness_epoch_id, nonce, stops_at, spin_chance_id
    )
    SELECT $1, session_id, wheel_id, user_id, request_id, 'committed', started_at, duration_ms,
        metadata, version_id, epoch_id, nonce, started_at + duration_ms * interval '1 millisecond', chance_id
    FROM spin
),
result AS (
    INSERT INTO spin_results (
        tenant_id, id, spin_session_id, wheel_game_id, wheel_version_id, wheel_reward_id, reward_range_id, user_id,
        result_status, claim_status, paid_amount, win_status, result_metadata, result_timestamp, position, angle_deg
    )
    SELECT $1, session_id, session_id, wheel_id, version_id, reward_id, range_reward_id, user_id,
        'decided', claim_status, 0, win_status, '{}', started_at, position, angle_deg
    FROM spin
),
log_row AS (
    INSERT INTO game_logs (
        tenant_id, spin_session_id, log_level, log_message, log_details, log_category, log_timestamp, source_component
    )
    SELECT $1, session_id, 'info', 'spin committed', 'nonce ' || nonce || ' of epoch ' || epoch_id,
        'spin', started_at, 'play.wheel'
    FROM spin
),
event_row AS (
    INSERT INTO game_events (
        tenant_id, user_id, event_type, event_category, game_id, event_data, event_status, event_timestamp,
        ip_address, user_agent
    )
    SELECT $1, user_id, 'spin.committed', 'spin', wheel_id::text, event_data,
        'recorded', started_at, ip_address, user_agent
    FROM spin
),
open_row AS (
    INSERT INTO open_spins (
        tenant_id, session_id, user_id, wheel_game_id, request_id, started_at, stops_at, duration_ms, plan, featured
    )
    SELECT $1, session_id, user_id, wheel_id, request_id, started_at,
        started_at + duration_ms * interval '1 millisecond', duration_ms, plan, featured
    FROM spin
),
spent AS (
    UPDATE spin_chances AS held
    SET used_chances = held.used_chances + taken.chances,
        remaining_chances = held.remaining_chances - taken.chances,
        chance_status = CASE WHEN held.remaining_chances = taken.chances THEN 'exhausted' ELSE held.chance_status END,
        row_version = held.row_version + 1,
        updated_at = clock_timestamp()
    FROM unnest($24::uuid[], $25::int[]) AS taken (id, chances)
    WHERE held.tenant_id = $1 AND held.id = taken.id
)
UPDATE fairness_epochs AS epoch
SET next_nonce = used.next_nonce, row_version = epoch.row_version + 1, updated_at = clock_timestamp()
FROM unnest($26::uuid[], $27::bigint[]) AS used (id, next_nonce)
WHERE epoch.tenant_id = $1 AND epoch.id = used.id
