-- Makes the rows of players seen for the first time, in the order in which they are locked.
-- $1 tenant, $2 user ids, $3 display names (null where not known)
INSERT INTO players (tenant_id, user_id, display_name)
SELECT $1, new.user_id, new.display_name
FROM unnest($2::varchar[], $3::varchar[]) AS new (user_id, display_name)
ORDER BY new.user_id
ON CONFLICT (tenant_id, user_id) DO NOTHING
