-- Ends active grants of players who are locked, and says so in log and events. What was spent stays counted as it is.
-- $1 tenant, $2 ids, $3 expired or revoked, $4 reason or null, $5 offset of the clock
WITH ended AS (
    UPDATE spin_chances AS held
    SET chance_status = $3, row_version = held.row_version + 1, updated_at = clock_timestamp()
    WHERE held.tenant_id = $1 AND held.id = ANY ($2::uuid[]) AND held.chance_status = 'active'
        AND ($3 = 'expired') = coalesce(held.expires_at <= clock_timestamp() + $5::interval, false)
    RETURNING held.*
),
event_row AS (
    INSERT INTO game_events (tenant_id, user_id, event_type, event_category, event_data)
    SELECT $1, user_id, 'chance.' || $3::varchar, 'chance',
        jsonb_build_object('chance_id', id, 'remaining_chances', remaining_chances, 'reason', $4::text)
    FROM ended
),
log_row AS (
    INSERT INTO game_logs (tenant_id, log_level, log_message, log_details, log_category, source_component)
    SELECT $1, 'info', 'chances ' || $3::varchar,
        remaining_chances || ' of ' || chance_count || ' left in grant ' || id || coalesce(': ' || $4::text, ''),
        'chance', 'play.chances'
    FROM ended
)
SELECT * FROM ended ORDER BY id
