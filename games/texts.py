"""Texts that have to look a certain way."""

from typing import Any

import msgspec


def matching(pattern: str, **bounds: Any) -> msgspec.Meta:
    r"""What a whole text matches, for `Annotated[str, …]`; `bounds` as `msgspec.Meta` takes them.

    Python's `$` also stands before a last line break, which that of JSON Schema (ECMA-262) does not; so written, both
    mean the end. Write `[0-9]`: Python's `\d` is any script's digit.
    """
    return msgspec.Meta(pattern=rf"^{pattern}$(?!\n)", **bounds)
