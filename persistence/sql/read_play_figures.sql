-- How much is played on each wheel of a tenant, out of its newest plays.
-- $1 tenant, $2 how many plays are looked at, $3 seconds that the pace is taken over, $4 the clock's offset.
-- Ids of plays rise with the time, so the newest are the end of the primary key, and the cost has a bound.
-- What a wheel that still turns has won is nobody's to know: only stopped ones count as hits or not.
WITH newest AS (
    SELECT result.wheel_game_id, result.win_status, session.spin_status, session.spin_started_at
    FROM spin_results AS result
    JOIN spin_sessions AS session ON session.tenant_id = result.tenant_id AND session.id = result.spin_session_id
    WHERE result.tenant_id = $1 AND session.spin_status <> 'voided'
    ORDER BY result.id DESC
    LIMIT $2
), window_s AS (
    -- Where so many plays are younger than the whole window, the pace is taken over what they span.
    SELECT least($3::float8, CASE WHEN count(*) < $2 THEN $3::float8 ELSE
        greatest(extract(epoch FROM clock_timestamp() + $4::interval - min(spin_started_at)), 0.001)::float8 END) AS s
    FROM newest
)
SELECT wheel_game_id,
    count(*) FILTER (WHERE spin_started_at > clock_timestamp() + $4::interval - make_interval(secs => s)) / s AS spins_per_second,
    count(*) FILTER (WHERE spin_status = 'completed') AS spins,
    count(*) FILTER (WHERE spin_status = 'completed' AND win_status = 'win') AS hits
FROM newest, window_s
GROUP BY wheel_game_id, s
