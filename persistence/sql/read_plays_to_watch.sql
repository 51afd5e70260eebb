-- A tenant's plays after one, oldest first: who spun which version, from when to when, and whose range was hit.
-- $1 tenant, $2 the play to go on after, $3 the id that they are before, $4 how many
SELECT session.id, session.user_id, session.wheel_game_id, session.wheel_version_id, session.spin_started_at,
    session.stops_at, result.reward_range_id
FROM spin_sessions AS session
JOIN spin_results AS result
    ON result.tenant_id = session.tenant_id AND result.id = session.id
    -- the same bounds, so that both sides keep to the same partitions
    AND result.id > $2 AND result.id < $3
WHERE session.tenant_id = $1 AND session.id > $2 AND session.id < $3
ORDER BY session.id
LIMIT $4
