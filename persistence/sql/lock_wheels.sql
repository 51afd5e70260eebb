-- Holds the wheels of a batch against a change of status or version until it is on disk. A statement of its own, so that
-- what is read next is read as of after the lock.
-- $1 tenant, $2 wheel ids
SELECT id FROM wheel_games WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR SHARE
