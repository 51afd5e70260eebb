"""What all tables have in common: names of constraints, column types, keys, versions, times.

Every tenant's table has the key (tenant_id, id) and refers to others with both columns, so that a row cannot even point
at another tenant's. Tables that only grow are partitioned by month on ranges of `id`, which is a UUIDv7.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

Word = Annotated[str, mapped_column(String(32))]
"""A status, a kind, a reason: one of few words."""
Code = Annotated[str, mapped_column(String(64))]
"""A slug, a number, an id of the tenant's own making."""
Name = Annotated[str, mapped_column(String(200))]
"""What people read in a list."""
UserId = Annotated[str, mapped_column(String(128))]
"""The platform's id of a player or an operator; it names no row of ours."""
Digest = Annotated[str, mapped_column(CHAR(64))]
"""A SHA-256 as 64 lower-case hex characters."""
Prose = Annotated[str, mapped_column(Text())]
"""Text of any length."""
Count = Annotated[int, mapped_column(Integer())]
"""A number that 32 bits hold."""
Money = Annotated[Decimal, mapped_column(Numeric(20, 4))]
"""An amount or a number of points, to four decimals."""
Probability = Annotated[Decimal, mapped_column(Numeric(38, 30))]
"""A share of one, to thirty decimals."""
Json = Annotated[dict[str, Any], mapped_column(JSONB())]
"""A typed message of `games`, stored as JSON."""


class Base(DeclarativeBase):
    """The declarative base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it so
        UUID: Uuid(),
        datetime: TIMESTAMP(timezone=True),
        int: BigInteger(),
        bytes: LargeBinary(),
    }


class Created:
    """When the row was written."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), sort_order=91)


class Times(Created):
    """When the row was written and last changed."""

    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp(), sort_order=92
    )


class Versioned:
    """A row that counts its changes; an update that has read an older version changes nothing (`conflict`)."""

    row_version: Mapped[Count] = mapped_column(server_default=text("1"), sort_order=90)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.row_version}


class OfTenant:
    """A row of one tenant; the tenant is the first column of its key, whatever the rest of it is."""

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="RESTRICT"), primary_key=True, sort_order=-2
    )


class TenantRow(OfTenant, Versioned):
    """A row with the key (tenant_id, id)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-1)


def refers(table: str, column: str, *, use_alter: bool = False) -> ForeignKeyConstraint:
    """A foreign key from (tenant_id, `column`) to the key of `table`; what is referred to cannot be deleted."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="RESTRICT", use_alter=use_alter
    )


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """The constraint that `column` holds one of `words`."""
    listed = ", ".join(f"'{word}'" for word in sorted(words))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def by_user() -> Index:
    """The seed's index for what a player has, newest last."""
    return Index(None, "tenant_id", "user_id", "created_at")


def kept(*, group: str | None = None, append_only: bool = False, by_month: bool = False) -> dict[str, Any]:
    """How a table is kept.

    Arguments: `group`, the heading of the seed under which the table stands, None for one that the seed lacks;
    `append_only`, whether the server's role may neither change nor delete its rows; `by_month`, whether it is
    partitioned by ranges of its ids.
    """
    arguments: dict[str, Any] = {"info": {"group": group, "append_only": append_only}}
    if by_month:
        arguments["postgresql_partition_by"] = "RANGE (id)"
    return arguments


EMPTY = text("'{}'::jsonb")
NO = text("false")
YES = text("true")
ZERO = text("0")
