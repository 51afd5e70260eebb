CREATE TABLE broadcasts (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    channel varchar(200) NOT NULL,
    event varchar(64) NOT NULL,
    message text NOT NULL,
    data jsonb,
    sent_by varchar(128) NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_broadcasts PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_broadcasts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_broadcasts_newest ON broadcasts (tenant_id, event, channel, id DESC);
