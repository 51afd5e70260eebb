-- Plays whole, by id: session, result, the commitment they were drawn from, and whether they are still open.
-- $1 tenant, $2 session ids
SELECT
    session.id AS session_id, session.user_id, session.wheel_game_id AS wheel_id, session.session_id AS request_id,
    session.spin_status, session.spin_started_at, session.spin_completed_at, session.spin_duration_ms,
    session.stops_at, session.nonce, session.wheel_version_id AS version_id,
    session.spin_chance_id AS chance_id, session.row_version,
    result.wheel_reward_id AS reward_id, result.reward_range_id AS range_reward_id, result.position, result.angle_deg,
    result.win_status, result.claim_status, result.paid_amount, result.result_status,
    epoch.id AS epoch_id, epoch.epoch_status, epoch.server_seed_hash, epoch.client_seed, epoch.server_seed_encrypted,
    player.display_name,
    open.plan, coalesce(open.featured, false) AS featured
FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, ord)
JOIN spin_sessions AS session ON session.tenant_id = $1 AND session.id = wanted.id
JOIN spin_results AS result ON result.tenant_id = $1 AND result.id = wanted.id
JOIN fairness_epochs AS epoch ON epoch.tenant_id = $1 AND epoch.id = session.fairness_epoch_id
LEFT JOIN players AS player ON player.tenant_id = $1 AND player.user_id = session.user_id
LEFT JOIN open_spins AS open ON open.tenant_id = $1 AND open.session_id = session.id
ORDER BY wanted.ord
