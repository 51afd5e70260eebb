CREATE TABLE ledger_accounts (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    account_type varchar(32) NOT NULL,
    holder varchar(128) DEFAULT '' NOT NULL,
    currency varchar(64) NOT NULL,
    balance numeric(20,4) DEFAULT 0 NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_ledger_accounts PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_ledger_accounts_account_type CHECK (account_type IN ('bonus', 'fee', 'house', 'liability', 'platform', 'player', 'pool')),
    CONSTRAINT ck_ledger_accounts_balance CHECK (account_type IN ('fee', 'house', 'platform') OR balance >= 0),
    CONSTRAINT uq_ledger_accounts_tenant_id_account_type_holder_currency UNIQUE (tenant_id, account_type, holder, currency),
    CONSTRAINT fk_ledger_accounts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE ledger_transactions (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    transaction_key varchar(160) NOT NULL,
    transaction_kind varchar(32) NOT NULL,
    rolls_back_id uuid,
    transaction_metadata jsonb NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_ledger_transactions PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_ledger_transactions_transaction_kind CHECK (transaction_kind IN ('credit', 'debit', 'rollback', 'tombstone', 'transfer')),
    CONSTRAINT uq_ledger_transactions_tenant_id_transaction_key UNIQUE (tenant_id, transaction_key),
    CONSTRAINT uq_ledger_transactions_tenant_id_rolls_back_id UNIQUE (tenant_id, rolls_back_id),
    CONSTRAINT fk_ledger_transactions_tenant_id_rolls_back_id FOREIGN KEY (tenant_id, rolls_back_id) REFERENCES ledger_transactions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_transactions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE ledger_entries (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ledger_transaction_id uuid NOT NULL,
    ledger_account_id uuid NOT NULL,
    amount numeric(20,4) NOT NULL,
    balance_after numeric(20,4) NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_ledger_entries PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_ledger_entries_tenant_id_ledger_transaction_id FOREIGN KEY (tenant_id, ledger_transaction_id) REFERENCES ledger_transactions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_entries_tenant_id_ledger_account_id FOREIGN KEY (tenant_id, ledger_account_id) REFERENCES ledger_accounts (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_entries_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_ledger_entries_tenant_id_ledger_account_id_id ON ledger_entries (tenant_id, ledger_account_id, id);
CREATE INDEX ix_ledger_entries_tenant_id_ledger_transaction_id ON ledger_entries (tenant_id, ledger_transaction_id);
-- No transaction may leave money over, whoever writes it: looked at once more as it commits.
CREATE FUNCTION wheelhouse_ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entries AS entry
        JOIN ledger_accounts AS account
            ON account.tenant_id = entry.tenant_id AND account.id = entry.ledger_account_id
        WHERE entry.tenant_id = NEW.tenant_id AND entry.ledger_transaction_id = NEW.ledger_transaction_id
        GROUP BY account.currency HAVING sum(entry.amount) <> 0
    ) THEN
        RAISE EXCEPTION 'The ledger transaction % does not sum to zero.', NEW.ledger_transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_sums_to_zero';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_sums_to_zero AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wheelhouse_ledger_balances();
