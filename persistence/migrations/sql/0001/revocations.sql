CREATE TABLE revocations (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128),
    token_id varchar(200),
    is_blocked boolean DEFAULT false NOT NULL,
    issued_before timestamptz DEFAULT clock_timestamp() NOT NULL,
    reason text NOT NULL,
    revoked_by varchar(128) NOT NULL,
    lifted_at timestamptz,
    auth_version bigint NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_revocations PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_revocations_user_or_token CHECK ((user_id IS NULL) <> (token_id IS NULL)),
    CONSTRAINT ck_revocations_only_users_are_blocked CHECK (NOT is_blocked OR user_id IS NOT NULL),
    CONSTRAINT uq_revocations_tenant_id_user_id UNIQUE (tenant_id, user_id),
    CONSTRAINT uq_revocations_tenant_id_token_id UNIQUE (tenant_id, token_id),
    CONSTRAINT fk_revocations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_revocations_tenant_id_auth_version ON revocations (tenant_id, auth_version);
