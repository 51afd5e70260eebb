-- What does not balance in a tenant's ledger, each in a sentence.
-- $1 tenant, $2 types of accounts that may owe, $3 faults of one kind that are named
WITH side AS (
    SELECT entry.ledger_transaction_id, entry.ledger_account_id, entry.amount, account.currency
    FROM ledger_entries AS entry
    JOIN ledger_accounts AS account ON account.tenant_id = $1 AND account.id = entry.ledger_account_id
    WHERE entry.tenant_id = $1
)
(
    SELECT format('All accounts in %s come to %s, not to zero.', currency, sum(balance)) AS fault
    FROM ledger_accounts WHERE tenant_id = $1
    GROUP BY currency HAVING sum(balance) <> 0
    ORDER BY currency LIMIT $3
)
UNION ALL (
    SELECT format(
        'The account %s (%s %s %s) holds %s, but its entries come to %s.',
        account.id, account.account_type, account.holder, account.currency, account.balance, coalesce(sum(side.amount), 0)
    )
    FROM ledger_accounts AS account
    LEFT JOIN side ON side.ledger_account_id = account.id
    WHERE account.tenant_id = $1
    GROUP BY account.tenant_id, account.id HAVING account.balance <> coalesce(sum(side.amount), 0)
    ORDER BY account.id LIMIT $3
)
UNION ALL (
    SELECT format(
        'The transaction %s leaves %s %s over.', made.transaction_key, sum(side.amount), side.currency
    )
    FROM side
    JOIN ledger_transactions AS made ON made.tenant_id = $1 AND made.id = side.ledger_transaction_id
    GROUP BY made.id, made.transaction_key, side.currency HAVING sum(side.amount) <> 0
    ORDER BY made.id LIMIT $3
)
UNION ALL (
    SELECT format('The account %s (%s %s %s) is below zero: %s.', id, account_type, holder, currency, balance)
    FROM ledger_accounts
    WHERE tenant_id = $1 AND balance < 0 AND account_type <> ALL ($2::varchar[])
    ORDER BY id LIMIT $3
)
