"""SQL is read as SQL: each statement is a file in `persistence/sql`, named for what it does."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("sql")


@cache
def statement(name: str) -> str:
    """The text of the statement `name`."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
