"""The version of a row that a change builds upon: `If-Match`, or `row_version` in the body."""

from typing import Annotated

from litestar.params import HeaderParameter

from games.errors import BadRequest

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", required=False, description='`"<row_version>"`')]


def row_version(in_body: int | None, if_match: str | None) -> int:
    """The version that the caller has read; raises `BadRequest` when neither place says."""
    if in_body is not None:
        return in_body
    text = (if_match or "").strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise BadRequest("Say which row_version you change: in the body, or as If-Match.")
    return int(text)
