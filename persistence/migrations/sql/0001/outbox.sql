CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    caller varchar(160) NOT NULL,
    route varchar(160) NOT NULL,
    idempotency_key varchar(200) NOT NULL,
    body_hash bytea NOT NULL,
    response_status integer,
    response_body bytea,
    expires_at timestamptz NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (tenant_id, caller, route, idempotency_key),
    CONSTRAINT fk_idempotency_keys_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at);

CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    channel varchar(200) NOT NULL,
    event varchar(64) NOT NULL,
    policy varchar(32) NOT NULL,
    payload jsonb NOT NULL,
    version bigint,
    traceparent varchar(55),
    published_at timestamptz,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_outbox_policy CHECK (policy IN ('kept', 'latest', 'passing')),
    CONSTRAINT fk_outbox_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_outbox_unpublished ON outbox (id, tenant_id) WHERE published_at IS NULL;
