"""Lists are keyset-paged: `cursor` is the id of the last item of the page before."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from games.errors import BadRequest
from games.ids import parse_uuid

Item = TypeVar("Item")

#: Items of one page at the most.
LONGEST_PAGE = 200

Limit = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="How many items of a page, at the most.")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before.")]


class Page(msgspec.Struct, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


def after(cursor: str | None) -> UUID | None:
    """The id that a cursor stands for."""
    return None if cursor is None else parse_uuid(cursor, BadRequest("The cursor is not one of this list's."))


def cut(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], str | None]:
    """A page out of rows read with a limit of one more, and the cursor of the page that follows."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], str(rows[limit - 1].id)
