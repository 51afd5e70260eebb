-- Locks the end of a tenant's audit chain; the last lock that a transaction takes.
-- $1 tenant
SELECT sequence, hash, clock_timestamp() AS at FROM audit_heads WHERE tenant_id = $1 FOR UPDATE
