-- What deciding a batch of spins needs, read after its players and wheels are locked: one row a request, in order.
-- Each part is a lookup by key (LIMIT keeps the planner from joining whole tables while their statistics are young).
-- $1 tenant, $2 user ids, $3 wheel ids, $4 request ids, $5 how many chances to look at a request, $6 offset of the clock
SELECT
    request.ord,
    clock_timestamp() + $6::interval AS now,
    uuidv7() AS new_session_id,
    played.session_id AS played_session_id,
    wheel.id AS wheel_id,
    wheel.wheel_status,
    wheel.is_active,
    wheel.opens_at,
    wheel.closes_at,
    wheel.current_version_id,
    engine.engine_status,
    epoch.id AS epoch_id,
    version.config_digest,
    epoch.config_digest AS epoch_config_digest,
    epoch.server_seed_encrypted,
    epoch.server_seed_hash,
    epoch.client_seed,
    epoch.next_nonce,
    epoch.activated_at AS epoch_activated_at,
    turning.spins AS turning,
    turning.stops_at AS turning_stops_at,
    chance.ids AS chance_ids,
    chance.remaining AS chance_remaining
FROM unnest($2::varchar[], $3::uuid[], $4::varchar[]) WITH ORDINALITY AS request (user_id, wheel_id, request_id, ord)
JOIN wheel_games AS wheel ON wheel.tenant_id = $1 AND wheel.id = request.wheel_id
LEFT JOIN wheel_versions AS version ON version.tenant_id = $1 AND version.id = wheel.current_version_id
LEFT JOIN LATERAL (
    SELECT behind.engine_status
    FROM game_templates AS template
    JOIN game_engines AS behind ON behind.tenant_id = $1 AND behind.id = template.game_engine_id
    WHERE template.tenant_id = $1 AND template.id = wheel.game_template_id
    LIMIT 1
) AS engine ON true
LEFT JOIN LATERAL (
    SELECT made.session_id
    FROM spin_requests AS made
    WHERE made.tenant_id = $1 AND made.user_id = request.user_id AND made.request_id = request.request_id
    LIMIT 1
) AS played ON true
LEFT JOIN LATERAL (
    SELECT committed.*
    FROM fairness_epochs AS committed
    WHERE committed.tenant_id = $1 AND committed.user_id = request.user_id
        AND committed.wheel_game_id = request.wheel_id AND committed.epoch_status = 'current'
    LIMIT 1
) AS epoch ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS spins, min(open.stops_at) AS stops_at
    FROM open_spins AS open
    WHERE open.tenant_id = $1 AND open.user_id = request.user_id AND open.wheel_game_id = request.wheel_id
        AND open.stops_at > clock_timestamp() + $6::interval
) AS turning
CROSS JOIN LATERAL (
    SELECT array_agg(usable.id) AS ids, array_agg(usable.remaining_chances) AS remaining
    FROM (
        SELECT grant_of.id, grant_of.remaining_chances
        FROM spin_chances AS grant_of
        WHERE grant_of.tenant_id = $1 AND grant_of.user_id = request.user_id
            AND grant_of.chance_status = 'active' AND grant_of.remaining_chances > 0
            AND (grant_of.expires_at IS NULL OR grant_of.expires_at > clock_timestamp() + $6::interval)
            AND (
                coalesce(grant_of.chance_metadata -> 'wheels', 'null') = 'null'
                OR grant_of.chance_metadata -> 'wheels' ? request.wheel_id::text
            )
        ORDER BY grant_of.expires_at NULLS LAST, grant_of.awarded_at, grant_of.id
        LIMIT $5
    ) AS usable
) AS chance
ORDER BY request.ord
