"""Objects of a fixture turned into columns of ours, with every fault named by object and field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from games.errors import Fault
from server.importing.fixture import Record
from server.importing.mapping import Columns, Model

Body = TypeVar("Body", bound=msgspec.Struct)


class Reader:
    """Reads objects, and keeps the faults that it finds. `zone`: of times that name none."""

    def __init__(self, zone: ZoneInfo | None) -> None:
        self._zone = zone
        self.faults: list[Fault] = []

    def fault(self, record: Record, field: str, message: str) -> None:
        """Something is wrong with a field of an object."""
        self.faults.append(Fault(f"{record.name} {field}".rstrip(), message))

    def columns(self, record: Record, model: Model) -> dict[str, Any]:
        """The columns that an object says; those that are null there are left out."""
        said = self.picked(record, Columns(model.fields, model.constants))
        for column, known in model.values.items():
            if column not in model.fields or column not in said:
                continue
            theirs = str(said[column]).lower() if isinstance(said[column], bool) else str(said[column])
            if theirs in known:
                said[column] = known[theirs]
            else:
                field = model.fields[column]
                self.fault(record, field, f"{theirs!r} is not among values.{column} of the mapping")
                del said[column]
        return said

    def picked(self, record: Record, columns: Columns) -> dict[str, Any]:
        """The values of some columns."""
        said = dict(columns.constants)
        for column, field in columns.fields.items():
            if field != "pk" and field not in record.fields:
                self.fault(record, field, f"is not there, and the mapping reads {column} from it")
                continue
            value = record.pk if field == "pk" else record.fields[field]
            if value is not None:
                said[column] = value
        return said

    def body(self, kind: type[Body], record: Record, said: Mapping[str, Any], names: Mapping[str, str]) -> Body | None:
        """The columns as one body; None when any of them does not fit. `names`: what columns are called there."""
        before = len(self.faults)
        values: dict[str, Any] = {}
        for column in msgspec.structs.fields(kind):
            name = names.get(column.name, column.name)
            if column.name not in said:
                if column.required:
                    self.fault(record, name, f"says nothing, and {column.name} is needed")
                continue
            try:
                value = msgspec.convert(said[column.name], column.type, strict=False)
            except msgspec.ValidationError as error:
                self.fault(record, name, f"does not fit {column.name}: {error}")
                continue
            values[column.name] = self._zoned(record, name, value) if isinstance(value, datetime) else value
        return kind(**values) if len(self.faults) == before else None

    def _zoned(self, record: Record, name: str, value: datetime) -> datetime:
        if value.tzinfo is not None:
            return value
        if self._zone is None:
            self.fault(record, name, "is a time of no zone: say time_zone in the mapping")
        return value.replace(tzinfo=self._zone)
