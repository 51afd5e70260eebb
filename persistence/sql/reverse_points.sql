-- Adds the entry that reverses another, and tells the player's standing anew from the entries that stand.
-- The tournament is locked, and the entry has not been reversed.
-- $1 tenant, $2 the entry's id, $3 the correction's metadata, $4 the new version of the board
WITH wrong AS (
    SELECT * FROM tournament_points WHERE tenant_id = $1 AND id = $2
),
correction AS (
    INSERT INTO tournament_points (
        tenant_id, tournament_id, user_id, points_earned, points_source, points_metadata, source_event_id, reverses_id
    )
    SELECT $1, tournament_id, user_id, -points_earned, 'manual', $3::jsonb, 'reversal:' || id, id
    FROM wrong
    RETURNING *
),
standing AS (
    SELECT coalesce(sum(entry.points_earned), 0) AS total, (array_agg(entry.id ORDER BY entry.id DESC))[1] AS reached
    FROM wrong
    JOIN tournament_points AS entry
        ON entry.tenant_id = $1 AND entry.tournament_id = wrong.tournament_id AND entry.user_id = wrong.user_id
    LEFT JOIN tournament_points AS reversal ON reversal.tenant_id = $1 AND reversal.reverses_id = entry.id
    WHERE entry.id <> wrong.id AND entry.reverses_id IS NULL AND reversal.id IS NULL
),
moved AS (
    UPDATE tournaments AS tournament
    SET board_version = $4, updated_at = clock_timestamp()
    FROM wrong
    WHERE tournament.tenant_id = $1 AND tournament.id = wrong.tournament_id
),
held AS (
    UPDATE tournament_totals AS held
    SET total = standing.total, reached_points_id = standing.reached, board_version = $4, updated_at = clock_timestamp()
    FROM wrong, standing
    WHERE held.tenant_id = $1 AND held.tournament_id = wrong.tournament_id AND held.user_id = wrong.user_id
)
SELECT * FROM correction
