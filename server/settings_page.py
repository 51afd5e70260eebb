"""Writes the generated part of `docs/running.md` from the settings: every variable, its default and its meaning.

`python -m server.settings_page` rewrites it; with `--check` it changes nothing and fails when the page is stale.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from persistence.generated_page import GeneratedPage
from server.settings import Settings, variable

_FIELD = re.compile(r"(\w+): ")
#: How the end of a field's name is written behind its default.
_UNITS = {"s": "s", "h": "h", "bytes": "bytes"}


def meanings() -> dict[str, str]:
    """What each field's comment says; a field without one is named in words."""
    said: list[str] = []
    found = {}
    for line in inspect.getsource(Settings).splitlines():
        text = line.strip()
        field = _FIELD.match(text)
        if text.startswith("#:"):
            said.append(text.removeprefix("#:").strip())
        elif field and field[1] in Settings.__struct_fields__:
            found[field[1]] = " ".join(said) or _in_words(field[1])
            said = []
    return found


def _table() -> Iterator[str]:
    defaults = msgspec.structs.asdict(Settings())
    yield "| variable | default | meaning |"
    yield "| --- | --- | --- |"
    for field, meaning in meanings().items():
        yield f"| `{variable(field)}` | {_default(field, defaults[field])} | {meaning} |"


def _default(field: str, value: object) -> str:
    if value is None or value == "":
        return "–"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    unit = _UNITS.get(field.rpartition("_")[2], "")
    return f"`{text}` {unit}".strip()


def _in_words(field: str) -> str:
    name, _, unit = field.rpartition("_")
    return (name if unit in ("s", "h") else field).replace("_", " ")


PAGE = GeneratedPage(
    Path(__file__).parents[1] / "docs" / "running.md",
    "python -m server.settings_page",
    _table,
)

if __name__ == "__main__":
    PAGE.main()
