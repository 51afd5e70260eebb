-- Sides of transactions, in order, and what their accounts hold after all of them.
-- $1 tenant; one array a column, one element a side: $2 transaction, $3 account, $4 amount, $5 balance after;
-- one element an account: $6 account, $7 balance
WITH account AS (
    UPDATE ledger_accounts AS held
    SET balance = moved.balance, row_version = held.row_version + 1, updated_at = clock_timestamp()
    FROM unnest($6::uuid[], $7::numeric[]) AS moved (id, balance)
    WHERE held.tenant_id = $1 AND held.id = moved.id
)
INSERT INTO ledger_entries (tenant_id, ledger_transaction_id, ledger_account_id, amount, balance_after)
SELECT $1, side.transaction_id, side.account_id, side.amount, side.balance_after
FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::numeric[]) WITH ORDINALITY
    AS side (transaction_id, account_id, amount, balance_after, ord)
ORDER BY side.ord
