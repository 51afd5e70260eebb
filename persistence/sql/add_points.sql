-- Writes a batch of accepted entries whole: the ledger, the source events, new places, totals and board versions.
-- The tournaments are locked, so that nobody else writes to these boards.
-- $1 tenant; $2.. one array a column, one element an entry; $9.. new participants; $12.. tournaments and new versions
WITH entry AS MATERIALIZED (
    SELECT uuidv7() AS id, fresh.*
    FROM unnest(
        $2::uuid[], $3::varchar[], $4::numeric[], $5::varchar[], $6::timestamptz[], $7::jsonb[], $8::varchar[]
    ) WITH ORDINALITY AS fresh (
        tournament_id, user_id, points_earned, points_source, points_earned_at, points_metadata, source_event_id, ord
    )
),
ledger AS (
    INSERT INTO tournament_points (
        tenant_id, id, tournament_id, user_id, points_earned, points_source, points_earned_at, points_metadata,
        source_event_id
    )
    SELECT $1, id, tournament_id, user_id, points_earned, points_source, points_earned_at, points_metadata,
        source_event_id
    FROM entry
),
source AS (
    INSERT INTO point_sources (tenant_id, tournament_id, points_source, source_event_id, points_id)
    SELECT $1, tournament_id, points_source, source_event_id, id FROM entry
),
place AS (
    INSERT INTO tournament_participants (tenant_id, tournament_id, user_id, joined_at)
    SELECT $1, joined.tournament_id, joined.user_id, joined.joined_at
    FROM unnest($9::uuid[], $10::varchar[], $11::timestamptz[]) AS joined (tournament_id, user_id, joined_at)
    RETURNING tournament_id
),
moved AS (
    UPDATE tournaments AS tournament
    SET board_version = next.board_version,
        current_participants = tournament.current_participants
            + (SELECT count(*) FROM place WHERE place.tournament_id = next.tournament_id),
        updated_at = clock_timestamp()
    FROM unnest($12::uuid[], $13::bigint[]) AS next (tournament_id, board_version)
    WHERE tournament.tenant_id = $1 AND tournament.id = next.tournament_id
),
gain AS (
    SELECT entry.tournament_id, entry.user_id, sum(entry.points_earned) AS points,
        (array_agg(entry.id ORDER BY entry.ord DESC))[1] AS reached
    FROM entry
    GROUP BY entry.tournament_id, entry.user_id
),
standing AS (
    INSERT INTO tournament_totals AS held (
        tenant_id, tournament_id, user_id, total, reached_points_id, board_version
    )
    SELECT $1, gain.tournament_id, gain.user_id, gain.points, gain.reached, next.board_version
    FROM gain
    JOIN unnest($12::uuid[], $13::bigint[]) AS next (tournament_id, board_version)
        ON next.tournament_id = gain.tournament_id
    ORDER BY gain.tournament_id, gain.user_id
    ON CONFLICT (tenant_id, tournament_id, user_id) DO UPDATE
    SET total = held.total + excluded.total,
        reached_points_id = excluded.reached_points_id,
        board_version = excluded.board_version,
        updated_at = clock_timestamp()
)
SELECT id FROM entry ORDER BY ord
