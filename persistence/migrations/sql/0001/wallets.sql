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

CREATE TABLE wallet_transactions (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128) NOT NULL,
    source varchar(32) NOT NULL,
    source_id uuid NOT NULL,
    amount numeric(20,4) NOT NULL,
    currency varchar(64) NOT NULL,
    transaction_status varchar(32) DEFAULT 'reserved' NOT NULL,
    route varchar(32),
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamptz,
    last_error text,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_wallet_transactions PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_wallet_transactions_source CHECK (source IN ('jackpot', 'raffle')),
    CONSTRAINT ck_wallet_transactions_route CHECK (route IN ('http', 'ledger')),
    CONSTRAINT ck_wallet_transactions_transaction_status CHECK (transaction_status IN ('confirmed', 'debited', 'debiting', 'manual', 'refused', 'reserved', 'rolled_back', 'rolling_back')),
    CONSTRAINT ck_wallet_transactions_amount CHECK (amount > 0),
    CONSTRAINT ck_wallet_transactions_attempts CHECK (attempts >= 0),
    CONSTRAINT uq_wallet_transactions_tenant_id_source_source_id UNIQUE (tenant_id, source, source_id),
    CONSTRAINT fk_wallet_transactions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_wallet_transactions_due ON wallet_transactions (next_attempt_at, tenant_id, id) WHERE transaction_status IN ('reserved', 'debiting', 'debited', 'rolling_back');
CREATE INDEX ix_wallet_transactions_tenant_id_user_id_created_at ON wallet_transactions (tenant_id, user_id, created_at);
