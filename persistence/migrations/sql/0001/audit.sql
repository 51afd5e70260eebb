CREATE TABLE audit_heads (
    tenant_id uuid NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit_heads PRIMARY KEY (tenant_id),
    CONSTRAINT fk_audit_heads_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) WITH (fillfactor = 50);

CREATE TABLE audit_logs (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128),
    action varchar(64) NOT NULL,
    entity_type varchar(64) NOT NULL,
    entity_id uuid,
    old_values jsonb,
    new_values jsonb,
    ip_address varchar(64),
    user_agent text,
    sequence bigint NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_audit_logs PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_audit_logs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) PARTITION BY RANGE (id);
CREATE UNIQUE INDEX ix_audit_logs_tenant_id_sequence_id ON audit_logs (tenant_id, sequence, id);
CREATE INDEX ix_audit_logs_tenant_id_user_id_created_at ON audit_logs (tenant_id, user_id, created_at);
CREATE INDEX ix_audit_logs_tenant_id_entity_id ON audit_logs (tenant_id, entity_id);
