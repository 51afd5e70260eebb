-- Makes fairness epochs; one that is there already stays as it is.
-- $1 tenant, then one array a column, $9 offset of the clock
INSERT INTO fairness_epochs (
    tenant_id, user_id, wheel_game_id, epoch_status, config_digest, server_seed_encrypted, server_seed_hash,
    client_seed, activated_at
)
SELECT $1, new.user_id, new.wheel_id, new.epoch_status, new.config_digest, new.server_seed_encrypted,
    new.server_seed_hash, new.client_seed,
    CASE WHEN new.epoch_status = 'current' THEN clock_timestamp() + $9::interval END
FROM unnest(
    $2::varchar[], $3::uuid[], $4::varchar[], $5::varchar[], $6::bytea[], $7::varchar[], $8::varchar[]
) AS new (user_id, wheel_id, epoch_status, config_digest, server_seed_encrypted, server_seed_hash, client_seed)
ORDER BY new.user_id, new.wheel_id, new.epoch_status
ON CONFLICT DO NOTHING
