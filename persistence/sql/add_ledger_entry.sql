-- One side of a transaction, and the balance of its account after it.
-- $1 tenant, $2 transaction, $3 account, $4 amount, $5 balance after
WITH account AS (
    UPDATE ledger_accounts
    SET balance = $5, row_version = row_version + 1, updated_at = clock_timestamp()
    WHERE tenant_id = $1 AND id = $3
)
INSERT INTO ledger_entries (tenant_id, ledger_transaction_id, ledger_account_id, amount, balance_after)
VALUES ($1, $2, $3, $4, $5)
