-- Begins a tenant's audit chain.
-- $1 tenant, $2 the hash before the first row
INSERT INTO audit_heads (tenant_id, sequence, hash) VALUES ($1, 0, $2) ON CONFLICT (tenant_id) DO NOTHING
