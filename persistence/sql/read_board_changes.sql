-- What has changed on a board since a version, up to the version that holds the two-thousandth change; a version is
-- never cut in two. One row at least tells the version reached and the number of participants.
-- $1 tenant, $2 tournament, $3 version
WITH tournament AS (
    SELECT board_version, current_participants FROM tournaments WHERE tenant_id = $1 AND id = $2
),
reached AS (
    SELECT CASE WHEN count(*) = 2000 THEN max(first.board_version) END AS board_version
    FROM (
        SELECT board_version FROM tournament_totals
        WHERE tenant_id = $1 AND tournament_id = $2 AND board_version > $3
        ORDER BY board_version
        LIMIT 2000
    ) AS first
)
SELECT coalesce(reached.board_version, tournament.board_version) AS version, tournament.current_participants,
    tournament.board_version > coalesce(reached.board_version, tournament.board_version) AS more,
    changed.user_id, changed.total, changed.reached_points_id
FROM tournament
CROSS JOIN reached
LEFT JOIN tournament_totals AS changed
    ON changed.tenant_id = $1 AND changed.tournament_id = $2 AND changed.board_version > $3
    AND changed.board_version <= coalesce(reached.board_version, tournament.board_version)
