"""Rows as Postgres gives them, made into the classes that name their columns."""

from dataclasses import fields
from typing import Any, TypeVar

from asyncpg import Record

RowT = TypeVar("RowT")


def of_record(kind: type[RowT], row: Record, **instead: Any) -> RowT:
    """A dataclass whose fields are called as the row's columns; `instead`: what is not taken as it is."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: instead[name] if name in instead else row[name] for name in names})
