-- Takes a place in a tournament that is locked and has one left.
-- $1 tenant, $2 tournament, $3 user, $4 display name, $5 new version of the board
WITH place AS (
    INSERT INTO tournament_participants (tenant_id, tournament_id, user_id, display_name)
    VALUES ($1, $2, $3, $4)
    RETURNING *
),
counted AS (
    UPDATE tournaments
    SET current_participants = current_participants + 1, board_version = $5, updated_at = clock_timestamp()
    WHERE tenant_id = $1 AND id = $2
)
SELECT * FROM place
