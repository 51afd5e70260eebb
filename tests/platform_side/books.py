"""The platform's own books, in SQLite: what it has moved for whom, once for each transaction id."""

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS movements (
    transaction_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,  -- moved | rolled_back (also before it came)
    verb TEXT, user_id TEXT, purpose TEXT, currency TEXT, amount TEXT
);
CREATE INDEX IF NOT EXISTS movements_of ON movements (user_id);
CREATE TABLE IF NOT EXISTS told (webhook_id TEXT PRIMARY KEY, type TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT);
"""
#: What a player has at the platform before anything is moved.
FIRST_BALANCE = Decimal(100)


class Refused(Exception):
    """A definite no; its text is the code."""


class Books:
    """Survives kill -9 of its process: what is committed is the operating system's."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(SCHEMA)

    def keep(self, name: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def kept(self, name: str, otherwise: str = "") -> str:
        row = self._database.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return otherwise if row is None else str(row[0])

    def tell(self, webhook_id: str, message: dict[str, Any], body: str) -> None:
        """Keep a message; a second time it is known. A reward that is due is paid."""
        self._database.execute("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", (webhook_id, message["type"], body))

    def told(self) -> list[tuple[str, str]]:
        return self._database.execute("SELECT webhook_id, type FROM told").fetchall()

    def move(self, verb: str, asked: dict[str, Any]) -> Decimal:
        """Credit or debit once; again answers the same. Raises `Refused`."""
        found = self._database.execute(
            "SELECT state, amount FROM movements WHERE transaction_id = ?", (asked["transaction_id"],)
        ).fetchone()
        if found is not None:
            if found[0] == "rolled_back":
                raise Refused("rolled_back")
            return Decimal(found[1])
        if asked["user_id"].startswith("nobody"):
            raise Refused("unknown_user")
        balance = self.balance(asked["user_id"])
        amount = Decimal(asked["amount"]) if "amount" in asked else _boost(balance, asked)
        if verb == "debit" and amount > balance:
            raise Refused("insufficient_funds")
        self._database.execute(
            "INSERT INTO movements VALUES (?, 'moved', ?, ?, ?, ?, ?)",
            (asked["transaction_id"], verb, asked["user_id"], asked["purpose"], asked["currency"], str(amount)),
        )
        return amount

    def roll_back(self, transaction_id: str) -> None:
        """Undo, or refuse what has not come yet."""
        self._database.execute(
            "INSERT INTO movements (transaction_id, state) VALUES (?, 'rolled_back')"
            " ON CONFLICT (transaction_id) DO UPDATE SET state = 'rolled_back'",
            (transaction_id,),
        )

    def balance(self, user_id: str) -> Decimal:
        rows = self._database.execute(
            "SELECT verb, amount FROM movements WHERE user_id = ? AND state = 'moved'", (user_id,)
        ).fetchall()
        return FIRST_BALANCE + sum(
            (Decimal(amount) if verb == "credit" else -Decimal(amount) for verb, amount in rows), Decimal(0)
        )

    def movements(self) -> dict[str, tuple[str, str | None, Decimal]]:
        """(state, verb, amount) by transaction id."""
        rows = self._database.execute("SELECT transaction_id, state, verb, amount FROM movements").fetchall()
        return {row[0]: (row[1], row[2], Decimal(row[3] or 0)) for row in rows}

    def close(self) -> None:
        self._database.close()


def _boost(balance: Decimal, asked: dict[str, Any]) -> Decimal:
    boost = (balance * Decimal(asked["percent"]) / 100).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    return min(boost, Decimal(asked["cap"])) if "cap" in asked else boost
