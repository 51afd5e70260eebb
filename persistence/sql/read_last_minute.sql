-- read_last_minute
-- When players' spins on wheels began within the last minute, newest first.
-- $1 tenant, $2 user ids, $3 wheel ids, $4 how many to look at, of each pair, $5 now
SELECT pair.user_id, pair.wheel_id, begun.at AS begun
FROM unnest($2::varchar[], $3::uuid[], $4::int[]) AS pair (user_id, wheel_id, most)
CROSS JOIN LATERAL (
    SELECT array_agg(spin.spin_started_at) AS at
    FROM (
        SELECT session.spin_started_at
        FROM spin_sessions AS session
        WHERE session.tenant_id = $1 AND session.user_id = pair.user_id AND session.wheel_game_id = pair.wheel_id
            -- a row is written after its spin began, so this leaves none out and keeps to the index and a partition
            AND session.created_at > clock_timestamp() - interval '70 seconds'
            AND session.id > wheelhouse_uuid_at(clock_timestamp() - interval '70 seconds')
            AND session.spin_started_at > $5::timestamptz - interval '1 minute'
        ORDER BY session.spin_started_at DESC
        LIMIT pair.most
    ) AS spin
) AS begun
