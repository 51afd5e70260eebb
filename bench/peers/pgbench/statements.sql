-- A play of litestar_spins.py without a web server: its statements, one after another, in one transaction.
\set n random(0, 999)
\set position random(1, 1000000)
BEGIN;
SELECT id AS chance FROM spin_chances
WHERE tenant_id = :tenant::uuid AND user_id = 'bench-' || :n AND chance_status = 'active' AND remaining_chances > 0
ORDER BY expires_at NULLS LAST, awarded_at LIMIT 1 FOR UPDATE \gset
UPDATE fairness_epochs SET next_nonce = next_nonce + 1
WHERE tenant_id = :tenant::uuid AND user_id = 'bench-' || :n AND wheel_game_id = :wheel::uuid AND epoch_status = 'current'
RETURNING id AS epoch, next_nonce - 1 AS nonce \gset
UPDATE spin_chances SET used_chances = used_chances + 1, remaining_chances = remaining_chances - 1
WHERE tenant_id = :tenant::uuid AND id = :chance::uuid;
INSERT INTO spin_sessions (
    tenant_id, wheel_game_id, user_id, session_id, spin_status, spin_started_at, spin_duration_ms,
    wheel_version_id, fairness_epoch_id, nonce, stops_at, spin_chance_id
) VALUES (
    :tenant::uuid, :wheel::uuid, 'bench-' || :n, gen_random_uuid()::text, 'completed', now(), 1000,
    :version::uuid, :epoch::uuid, :nonce, now(), :chance::uuid
) RETURNING id AS session, session_id AS request \gset
INSERT INTO spin_requests (tenant_id, user_id, request_id, session_id, wheel_game_id, requested_at)
VALUES (:tenant::uuid, 'bench-' || :n, :request::text, :session::uuid, :wheel::uuid, now());
INSERT INTO spin_results (
    tenant_id, id, spin_session_id, wheel_game_id, wheel_version_id, wheel_reward_id, reward_range_id, user_id,
    result_status, claim_status, win_status, result_timestamp, position, angle_deg
) VALUES (
    :tenant::uuid, :session::uuid, :session::uuid, :wheel::uuid, :version::uuid, :reward::uuid, :reward::uuid,
    'bench-' || :n, 'shown', 'not_required', 'no_win', now(), :position, 0
);
INSERT INTO game_logs (
    tenant_id, spin_session_id, log_level, log_message, log_category, log_timestamp, source_component
) VALUES (:tenant::uuid, :session::uuid, 'info', 'spin committed', 'spin', now(), 'peer');
INSERT INTO game_events (tenant_id, user_id, event_type, event_category, game_id, event_status, event_timestamp)
VALUES (:tenant::uuid, 'bench-' || :n, 'spin.committed', 'spin', :wheel::text, 'recorded', now());
INSERT INTO audit_logs (
    tenant_id, user_id, action, entity_type, entity_id, new_values, sequence, previous_hash, hash
) VALUES (
    :tenant::uuid, 'bench-' || :n, 'spin.committed', 'spin_sessions', :session::uuid,
    jsonb_build_object('nonce', :nonce::text), 0, '', ''
);
COMMIT;
