-- The current and next fairness epochs of pairs of player and wheel.
-- $1 tenant, $2 user ids, $3 wheel ids
SELECT epoch.id, epoch.user_id, epoch.wheel_game_id, epoch.epoch_status, epoch.config_digest,
    epoch.server_seed_encrypted, epoch.server_seed_hash, epoch.client_seed, epoch.next_nonce, epoch.activated_at,
    EXISTS (
        SELECT FROM open_spins AS open
        JOIN spin_sessions AS session ON session.tenant_id = $1 AND session.id = open.session_id
        WHERE open.tenant_id = $1 AND open.user_id = epoch.user_id AND open.revealed_at IS NULL
            AND session.fairness_epoch_id = epoch.id
    ) AS turning
FROM unnest($2::varchar[], $3::uuid[]) AS pair (user_id, wheel_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM fairness_epochs AS held
    WHERE held.tenant_id = $1 AND held.user_id = pair.user_id AND held.wheel_game_id = pair.wheel_id
        AND held.epoch_status IN ('current', 'next')
    LIMIT 2
) AS epoch
