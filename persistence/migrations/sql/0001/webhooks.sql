CREATE TABLE webhook_endpoints (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    url text NOT NULL,
    description text DEFAULT '' NOT NULL,
    event_types varchar(64)[] NOT NULL,
    endpoint_status varchar(32) DEFAULT 'active' NOT NULL,
    secret_encrypted bytea NOT NULL,
    previous_secret_encrypted bytea,
    previous_secret_until timestamptz,
    created_by varchar(128) NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_webhook_endpoints_endpoint_status CHECK (endpoint_status IN ('active', 'disabled', 'gone')),
    CONSTRAINT fk_webhook_endpoints_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE webhook_messages (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    event_type varchar(64) NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_webhook_messages PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_webhook_messages_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE webhook_sends (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    webhook_message_id uuid NOT NULL,
    webhook_endpoint_id uuid NOT NULL,
    send_status varchar(32) DEFAULT 'pending' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamptz,
    last_status_code integer,
    last_error text,
    last_duration_ms integer,
    confirmed_at timestamptz,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_webhook_sends PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_webhook_sends_tenant_id_webhook_message_id FOREIGN KEY (tenant_id, webhook_message_id) REFERENCES webhook_messages (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_webhook_sends_tenant_id_webhook_endpoint_id FOREIGN KEY (tenant_id, webhook_endpoint_id) REFERENCES webhook_endpoints (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_webhook_sends_send_status CHECK (send_status IN ('confirmed', 'failed', 'manual', 'pending', 'sending')),
    CONSTRAINT ck_webhook_sends_attempts CHECK (attempts >= 0),
    CONSTRAINT uq_webhook_sends_tenant_id_webhook_message_id_webhook_e_f983 UNIQUE (tenant_id, webhook_message_id, webhook_endpoint_id),
    CONSTRAINT fk_webhook_sends_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_webhook_sends_due ON webhook_sends (next_attempt_at, tenant_id, id) WHERE send_status IN ('pending', 'sending', 'failed') AND next_attempt_at IS NOT NULL;
CREATE INDEX ix_webhook_sends_tenant_id_webhook_endpoint_id_id ON webhook_sends (tenant_id, webhook_endpoint_id, id);
