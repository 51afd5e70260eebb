-- How many stand before a total, and how many of those level with it reached it sooner.
-- $1 tenant, $2 tournament, $3 total, $4 the entry that reached it
SELECT
    (
        SELECT count(*) FROM tournament_totals
        WHERE tenant_id = $1 AND tournament_id = $2 AND reached_points_id IS NOT NULL AND total > $3
    ) AS above,
    (
        SELECT count(*) FROM tournament_totals
        WHERE tenant_id = $1 AND tournament_id = $2 AND total = $3 AND reached_points_id < $4
    ) AS level_and_sooner
