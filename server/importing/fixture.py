"""A Django fixture: what `manage.py dumpdata` writes, a list of objects with a model, a key and fields."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from games.errors import BadRequest


class Record(msgspec.Struct, frozen=True):
    """An object of the fixture. `pk`: its primary key, or its natural key where it was dumped with those."""

    model: str
    fields: dict[str, Any]
    pk: int | str | None = None

    @property
    def name(self) -> str:
        """What the object is called in messages, and by which it is known when it comes again."""
        return f"{self.model} {self.pk}"


def load(path: Path) -> Mapping[str, list[Record]]:
    """The objects of a fixture, by model. Raises `BadRequest` when it is none.

    Numbers with a decimal point stay text, so that a probability is exactly what it was.
    """
    try:
        found = msgspec.convert(json.loads(path.read_text("utf-8"), parse_float=str), list[Record])
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path.name} is no JSON: {error}. Write it by `manage.py dumpdata --format json`.") from None
    except msgspec.ValidationError as error:
        raise BadRequest(f"{path.name} is no fixture: {error}. Write it by `manage.py dumpdata`.") from None
    records: dict[str, list[Record]] = {}
    for record in found:
        if record.pk is None:
            raise BadRequest(f"{path.name}: an object of {record.model} has no pk. Dump without --natural-primary.")
        records.setdefault(record.model.lower(), []).append(record)
    return records
