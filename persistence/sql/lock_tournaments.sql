-- Locks the tournaments of a batch in one order, and reads the clock once they are held. Whoever changes a board does
-- this first: versions of a board, and ids of its ledger, then follow the order of commits.
-- $1 tenant, $2 ids, $3 the clock's offset
SELECT locked.*, clock_timestamp() + $3::interval AS now
FROM (
    SELECT id, tournament_status, start_time, end_time, max_participants, current_participants, tournament_config,
        board_version
    FROM tournaments
    WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
) AS locked
