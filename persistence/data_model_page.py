"""Writes the generated part of `docs/data-model.md` from the models: the list of tables and the picture.

`python -m persistence.data_model_page` rewrites it; with `--check` it changes nothing and fails when the page is stale.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint, make_url

from persistence.generated_page import GeneratedPage
from persistence.tables.metadata import Base
from persistence.tables.schema import METADATA, MODULES

_POSTGRES = make_url("postgresql+asyncpg://").get_dialect()()
#: What stands in every tenant's table and would only hide the rest.
EVERYWHERE = {"tenant_id", "row_version", "created_at", "updated_at"}


def _lists() -> Iterator[str]:
    meanings = _meanings()
    tables = [METADATA.tables[name] for name in meanings]
    groups: dict[str | None, list[Table]] = {}
    for table in tables:
        groups.setdefault(table.info["group"], []).append(table)
    yield "## The seed's tables"
    yield ""
    yield f"{sum(len(of) for group, of in groups.items() if group)} tables, under the seed's headings."
    for group, of in groups.items():
        if group:
            yield from ["", f"### {group}", "", *_rows(of, meanings)]
    yield from ["", "## Tables added, and why", "", f"{len(groups[None])} tables that the seed lacks.", ""]
    yield from [*_rows(groups[None], meanings), ""]


def _meanings() -> dict[str, str]:
    classes = [
        thing
        for module in MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Base) and thing.__module__ == module.__name__
    ]
    return {one.__tablename__: " ".join((one.__doc__ or "").split()) for one in classes}


def _rows(tables: list[Table], meanings: dict[str, str]) -> Iterator[str]:
    yield "| table | what a row is | kept |"
    yield "| --- | --- | --- |"
    for table in tables:
        kept = [
            "append-only" if table.info["append_only"] else "",
            "by month" if table.dialect_options["postgresql"]["partition_by"] else "",
        ]
        yield f"| `{table.name}` | {meanings[table.name]} | {', '.join(filter(None, kept))} |"


def _picture() -> Iterator[str]:
    yield "## The picture"
    yield ""
    yield "Every table but `tenants` also has `tenant_id`, which leads its key and all its references; `row_version`,"
    yield "`created_at` and `updated_at` are left out too. References to `tenants` are not drawn."
    yield ""
    yield "```mermaid"
    yield "erDiagram"
    tables = [METADATA.tables[name] for name in _meanings()]
    for table in tables:
        yield f"    {table.name.upper()} {{"
        yield from (f"        {_column(table, column)}" for column in table.columns if _is_drawn(table, column))
        yield "    }"
    for table in tables:
        yield from (f"    {line}" for line in sorted(_references(table)))
    yield "```"


def _is_drawn(table: Table, column: Column[object]) -> bool:
    return column.name not in EVERYWHERE or table.name == "tenants"


def _column(table: Table, column: Column[object]) -> str:
    kind = column.type.compile(dialect=_POSTGRES).lower().partition("(")[0]
    kind = {"timestamp with time zone": "timestamptz", "double precision": "float8"}.get(kind, kind)
    marks = [
        "PK" if column.primary_key else "",
        "FK" if any(column.name in key.column_keys for key in _own(table)) else "",
        "UK" if any(_last(one) == column.name for one in table.constraints) else "",
    ]
    return " ".join([kind, column.name, ", ".join(filter(None, marks))]).strip()


def _last(constraint: object) -> str | None:
    return list(constraint.columns)[-1].name if isinstance(constraint, UniqueConstraint) else None


def _own(table: Table) -> list[ForeignKeyConstraint]:
    """The references of a table, save the one to its tenant."""
    return [key for key in table.foreign_key_constraints if key.referred_table.name != "tenants"]


def _references(table: Table) -> Iterator[str]:
    for key in _own(table):
        column = table.columns[next(name for name in key.column_keys if name != "tenant_id")]
        parent = "|o" if column.nullable else "||"
        child = "o|" if _is_whole_key(table, column) else "o{"
        yield f'{key.referred_table.name.upper()} {parent}--{child} {table.name.upper()} : "{column.name}"'


def _is_whole_key(table: Table, column: Column[object]) -> bool:
    """Whether a row of the parent has one row here at the most: it is the key, or equal to it."""
    names = {one.name for one in table.primary_key} - {"tenant_id"}
    return names == {column.name} or (table.name, column.name) == ("spin_results", "spin_session_id")


PAGE = GeneratedPage(
    Path(__file__).parents[1] / "docs" / "data-model.md",
    "python -m persistence.data_model_page",
    lambda: [*_lists(), *_picture()],
)

if __name__ == "__main__":
    PAGE.main()
