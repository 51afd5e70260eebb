"""What the database says of its own tables, so that a table made tomorrow is in the tests by itself."""

import re
from dataclasses import dataclass, field

from asyncpg import Connection

TABLES = """
SELECT class.relname AS name, pg_get_userbyid(class.relowner) AS owner, class.relispartition AS is_partition,
    class.relkind = 'p' AS is_partitioned, class.relrowsecurity AS secured, class.relforcerowsecurity AS forced
FROM pg_class AS class
WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p') AND class.relname <> 'alembic_version'
ORDER BY class.oid
"""
COLUMNS = """
SELECT attribute.attrelid::regclass::text AS relation, attribute.attname AS name,
    format_type(attribute.atttypid, NULL) AS kind, attribute.attnotnull AS needed, attribute.atthasdef AS has_default
FROM pg_attribute AS attribute JOIN pg_class AS class ON class.oid = attribute.attrelid
WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p') AND attribute.attnum > 0
    AND NOT attribute.attisdropped
ORDER BY attribute.attrelid, attribute.attnum
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text AS relation, conname AS name, contype::text AS kind,
    nullif(confrelid, 0)::regclass::text AS refers_to, confdeltype::text AS on_delete,
    pg_get_constraintdef(oid) AS definition,
    ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS k (n, ord)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = k.n ORDER BY ord) AS columns
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'c', 'u') AND conparentid = 0
ORDER BY conrelid, conname
"""


@dataclass(frozen=True)
class Column:
    """A column; `needed` when it is neither nullable nor filled by a default."""

    name: str
    kind: str
    needed: bool


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key; `column` is the one beside tenant_id, None when it points at the tenant itself."""

    name: str
    columns: list[str]
    refers_to: str
    on_delete: str
    definition: str

    @property
    def column(self) -> str | None:
        return next((column for column in self.columns if column != "tenant_id"), None)


@dataclass
class Table:
    """A table or a partition as the catalogue has it."""

    name: str
    owner: str
    is_partition: bool
    is_partitioned: bool
    secured: bool
    forced: bool
    columns: list[Column] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    #: the first of the words that a CHECK allows, by column
    words: dict[str, str] = field(default_factory=dict)

    @property
    def tenant_column(self) -> str:
        return "id" if self.name == "tenants" else "tenant_id"


async def read(connection: Connection) -> dict[str, Table]:
    """All tables and partitions of the schema by name, in the order of their making."""
    tables = {row["name"]: Table(**row) for row in await connection.fetch(TABLES)}
    for row in await connection.fetch(COLUMNS):
        if row["relation"] in tables:
            needed = row["needed"] and not row["has_default"]
            tables[row["relation"]].columns.append(Column(row["name"], row["kind"], needed))
    for row in await connection.fetch(CONSTRAINTS):
        if row["relation"] in tables:
            _add_constraint(tables[row["relation"]], row)
    return tables


def _add_constraint(table: Table, row: dict[str, object]) -> None:
    definition, columns = str(row["definition"]), list(row["columns"])  # type: ignore[call-overload]
    if row["kind"] == "p":
        table.key = columns
    elif row["kind"] == "f":
        table.foreign_keys.append(
            ForeignKey(str(row["name"]), columns, str(row["refers_to"]), str(row["on_delete"]), definition)
        )
    elif row["kind"] == "c" and (allowed := re.search(r"ARRAY\['(\w+)'", definition)):
        table.words[columns[0]] = allowed[1]
