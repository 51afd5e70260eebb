"""A row for every table, made from what the catalogue says of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Connection

from tests.schema.catalogue import Table

Row = dict[str, Any]
NOW = datetime.now(UTC)
BY_KIND: dict[str, Any] = {
    "integer": 1,
    "bigint": 1,
    "numeric": 1,
    "double precision": 1.0,
    "boolean": False,
    "jsonb": "{}",
    "uuid": UUID(int=7),
    "timestamp with time zone": NOW,
}
#: What a rule of the table asks of a column, from the rest of its row.
RULES: dict[tuple[str, str], Any] = {
    ("game_templates", "template_type"): lambda _: "wheel",
    ("jackpot_games", "end_time"): lambda _: NOW + timedelta(hours=1),
    ("raffle_campaigns", "end_time"): lambda _: NOW + timedelta(hours=1),
    ("tournaments", "end_time"): lambda _: NOW + timedelta(hours=1),
    ("ledger_entries", "amount"): lambda _: 0,
    ("revocations", "user_id"): lambda row: row.get("user_id") or f"user-{row['tenant_id']}",
    ("spin_results", "id"): lambda row: row["spin_session_id"],
}


class Rows:
    """Rows of several tenants, one a table and tenant, inserted as one whom no policy binds."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = {name: table for name, table in tables.items() if not table.is_partition}
        self.made: dict[tuple[UUID, str], Row] = {}
        self.alpha = self.beta = UUID(int=0)

    async def fill(self, connection: Connection, tag: str) -> UUID:
        """Make a tenant with a row in every table; answers its id. `tag` keeps its words apart from other tenants'."""
        tenant = UUID(
            str(
                await connection.fetchval(
                    "INSERT INTO tenants (tenant_code, tenant_name, country_code, currency, language_code)"
                    " VALUES ($1, $1, 'DE', 'EUR', 'de') RETURNING id",
                    tag,
                )
            )
        )
        self.made[tenant, "tenants"] = {"id": tenant, "tenant_id": tenant}
        for table in self._referred_first():
            row = self.row(table, tenant, tag)
            self.made[tenant, table.name] = dict(await connection.fetchrow(*insert(table, row, "RETURNING *")))
        return tenant

    def row(self, table: Table, tenant: UUID, tag: str, instead: Row | None = None) -> Row:
        """A row that `table` takes, with the values in `instead` put in: what is needed, and every reference."""
        row: Row = {"tenant_id": tenant}
        for column in table.columns:
            if column.needed and column.name != "tenant_id":
                row[column.name] = table.words.get(column.name) or _of_kind(column.kind, tag)
        for key in table.foreign_keys:
            parent = self.made.get((tenant, key.refers_to))
            if key.column and parent:
                row[key.column] = parent["id"]
        row |= instead or {}
        return row | _ruled(table, row)

    def change(self, table: Table, tenant: UUID, values: Row) -> tuple[Any, ...]:
        """The statement that changes the tenant's row of `table`, and its arguments."""
        values = _ruled(table, self.made[tenant, table.name] | values) | values
        assignments = ", ".join(f"{column} = ${number}" for number, column in enumerate(values, 2))
        return f"UPDATE {table.name} SET {assignments} WHERE {table.tenant_column} = $1", tenant, *values.values()

    def _referred_first(self) -> list[Table]:
        waiting = {name: table for name, table in self.tables.items() if name != "tenants"}
        order: list[Table] = []
        while waiting:
            ready = [table for table in waiting.values() if not _refers(table) & waiting.keys()]
            ready = ready or [table for table in waiting.values() if not _needs(table) & waiting.keys()][:1]
            assert ready, f"these refer to each other, in columns that must not be null: {sorted(waiting)}"
            order += ready
            for table in ready:
                del waiting[table.name]
        return order


def _ruled(table: Table, row: Row) -> Row:
    return {column: rule(row) for (name, column), rule in RULES.items() if name == table.name}


def _of_kind(kind: str, tag: str) -> Any:
    if kind == "bytea":
        return tag.encode()
    return [tag] if kind.endswith("[]") else BY_KIND.get(kind, tag)


def _refers(table: Table) -> set[str]:
    return {key.refers_to for key in table.foreign_keys} - {table.name}


def _needs(table: Table) -> set[str]:
    needed = {column.name for column in table.columns if column.needed}
    return {key.refers_to for key in table.foreign_keys if key.column is None or key.column in needed} - {table.name}


def insert(table: Table, row: Row, ending: str = "") -> tuple[Any, ...]:
    """The statement that inserts `row`, and its arguments."""
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    return f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({places}) {ending}", *row.values()
