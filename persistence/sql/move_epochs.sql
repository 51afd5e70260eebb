-- Moves epochs on: a current one is revealed, a next one becomes current under a client seed and a config digest.
-- Those revealed go first: a player has one current epoch a wheel.
-- $1 tenant, $2 epoch ids, $3 new statuses, $4 client seeds (null keeps), $5 config digests (null keeps),
-- $6 offset of the clock
UPDATE fairness_epochs AS epoch
SET epoch_status = move.epoch_status,
    client_seed = coalesce(move.client_seed, epoch.client_seed),
    config_digest = coalesce(move.config_digest, epoch.config_digest),
    activated_at = CASE
        WHEN move.epoch_status = 'current' THEN clock_timestamp() + $6::interval ELSE epoch.activated_at
    END,
    revealed_at = CASE
        WHEN move.epoch_status = 'revealed' THEN clock_timestamp() + $6::interval ELSE epoch.revealed_at
    END,
    row_version = epoch.row_version + 1,
    updated_at = clock_timestamp()
FROM unnest($2::uuid[], $3::varchar[], $4::varchar[], $5::varchar[]) AS move (id, epoch_status, client_seed, config_digest)
WHERE epoch.tenant_id = $1 AND epoch.id = move.id
