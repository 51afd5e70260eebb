-- What a batch of entries meets: whether its source events have given points before, whether its players have places,
-- and what their totals are. The tournaments are locked.
-- $1 tenant; then one array a column, one element an entry: tournaments, users, sources, source events
SELECT entry.ord, known.points_id, participant.joined_at, standing.total
FROM unnest($2::uuid[], $3::varchar[], $4::varchar[], $5::varchar[])
    WITH ORDINALITY AS entry (tournament_id, user_id, points_source, source_event_id, ord)
LEFT JOIN point_sources AS known
    ON known.tenant_id = $1 AND known.tournament_id = entry.tournament_id
    AND known.points_source = entry.points_source AND known.source_event_id = entry.source_event_id
LEFT JOIN tournament_participants AS participant
    ON participant.tenant_id = $1 AND participant.tournament_id = entry.tournament_id
    AND participant.user_id = entry.user_id
LEFT JOIN tournament_totals AS standing
    ON standing.tenant_id = $1 AND standing.tournament_id = entry.tournament_id
    AND standing.user_id = entry.user_id
ORDER BY entry.ord
