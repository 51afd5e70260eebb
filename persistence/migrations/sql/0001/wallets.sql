CREATE TABLE wallets (
    tenant_id uuid NOT NULL,
    adapter varchar(32) DEFAULT 'ledger' NOT NULL,
    url text,
    secret_encrypted bytea,
    previous_secret_encrypted bytea,
    previous_secret_until timestamptz,
    changed_by varchar(128) NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_wallets PRIMARY KEY (tenant_id),
    CONSTRAINT ck_wallets_adapter CHECK (adapter IN ('http', 'ledger')),
    CONSTRAINT ck_wallets_platform_is_known CHECK (adapter <> 'http' OR url IS NOT NULL AND secret_encrypted IS NOT NULL),
    CONSTRAINT fk_wallets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
