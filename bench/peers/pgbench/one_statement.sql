-- The same play as one statement, which is the least of round trips that a transaction a spin can have.
\set n random(0, 999)
\set position random(1, 1000000)
WITH chance AS (
    SELECT id FROM spin_chances
    WHERE tenant_id = :tenant::uuid AND user_id = 'bench-' || :n AND chance_status = 'active' AND remaining_chances > 0
    ORDER BY expires_at NULLS LAST, awarded_at LIMIT 1 FOR UPDATE
),
epoch AS (
    UPDATE fairness_epochs SET next_nonce = next_nonce + 1
    WHERE tenant_id = :tenant::uuid AND user_id = 'bench-' || :n AND wheel_game_id = :wheel::uuid
        AND epoch_status = 'current'
    RETURNING id, next_nonce - 1 AS nonce
),
spent AS (
    UPDATE spin_chances AS held
    SET used_chances = held.used_chances + 1, remaining_chances = held.remaining_chances - 1
    FROM chance WHERE held.tenant_id = :tenant::uuid AND held.id = chance.id
),
session AS (
    INSERT INTO spin_sessions (
        tenant_id, wheel_game_id, user_id, session_id, spin_status, spin_started_at, spin_duration_ms,
        wheel_version_id, fairness_epoch_id, nonce, stops_at, spin_chance_id
    )
    SELECT :tenant::uuid, :wheel::uuid, 'bench-' || :n, gen_random_uuid()::text, 'completed', now(), 1000,
        :version::uuid, epoch.id, epoch.nonce, now(), chance.id
    FROM chance, epoch
    RETURNING id, session_id, nonce
),
request AS (
    INSERT INTO spin_requests (tenant_id, user_id, request_id, session_id, wheel_game_id, requested_at)
    SELECT :tenant::uuid, 'bench-' || :n, session_id, id, :wheel::uuid, now() FROM session
),
result AS (
    INSERT INTO spin_results (
        tenant_id, id, spin_session_id, wheel_game_id, wheel_version_id, wheel_reward_id, reward_range_id, user_id,
        result_status, claim_status, win_status, result_timestamp, position, angle_deg
    )
    SELECT :tenant::uuid, id, id, :wheel::uuid, :version::uuid, :reward::uuid, :reward::uuid, 'bench-' || :n,
        'shown', 'not_required', 'no_win', now(), :position, 0
    FROM session
),
log_row AS (
    INSERT INTO game_logs (
        tenant_id, spin_session_id, log_level, log_message, log_category, log_timestamp, source_component
    )
    SELECT :tenant::uuid, id, 'info', 'spin committed', 'spin', now(), 'peer' FROM session
),
event_row AS (
    INSERT INTO game_events (tenant_id, user_id, event_type, event_category, game_id, event_status, event_timestamp)
    SELECT :tenant::uuid, 'bench-' || :n, 'spin.committed', 'spin', :wheel::text, 'recorded', now() FROM session
)
INSERT INTO audit_logs (
    tenant_id, user_id, action, entity_type, entity_id, new_values, sequence, previous_hash, hash
)
SELECT :tenant::uuid, 'bench-' || :n, 'spin.committed', 'spin_sessions', id, jsonb_build_object('nonce', nonce), 0, '', ''
FROM session;
