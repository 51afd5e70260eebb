"""The JSON columns: typed messages, refused with every fault named when they do not fit (domain.md, The JSON columns).

msgspec stops at the first fault. Whoever fills in a form wants them all, so a struct is looked through field by field.
"""

import re
from types import UnionType
from typing import Annotated, Any, TypeGuard, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import fields

from games.errors import BadRequest, Fault

T = TypeVar("T", bound=msgspec.Struct)

#: A currency's three letters (ISO 4217).
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Hours = Annotated[int, msgspec.Meta(ge=1, le=24 * 366 * 10)]

_AT = re.compile(r"^(?P<told>.*) - at `\$(?P<where>.*)`$", re.DOTALL)


def parse_column(kind: type[T], value: object, path: str) -> T:
    """A JSON object as the struct it has to be. `path`: where it stands, for the faults.

    Raises `BadRequest` with every fault: unknown and missing keys, and values of another type or out of bounds.
    """
    if faults := column_faults(kind, value, path):
        raise BadRequest("The values do not fit: every fault is listed.", faults=faults)
    return msgspec.convert(value, kind)


def column_faults(kind: type[msgspec.Struct], value: object, path: str) -> list[Fault]:
    """Everything in a JSON object that does not fit a struct."""
    if not isinstance(value, dict):
        return [Fault(path, "must be an object")]
    known = {field.encode_name: field for field in fields(kind)}
    faults = [
        Fault(f"{path}.{key}", f"is not known here; known are {', '.join(known)}") for key in value if key not in known
    ]
    fitting = {}
    for name, field in known.items():
        if name not in value:
            faults += [Fault(f"{path}.{name}", "is missing")] if field.required else []
        elif found := _value_faults(field.type, value[name], f"{path}.{name}"):
            faults += found
        else:
            fitting[name] = value[name]
    required = {name for name, field in known.items() if field.required}
    # What the struct says of its fields together, such as an amount that its currency does not have.
    return faults + (_converted(kind, fitting, path) if required <= fitting.keys() else [])


def _value_faults(kind: Any, value: object, path: str) -> list[Fault]:
    listed = next((choice for choice in _choices(kind) if get_origin(choice) is list), None)
    if listed is not None and isinstance(value, list) and _is_struct(get_args(listed)[0]):
        faults = [
            fault for at, one in enumerate(value) for fault in _value_faults(get_args(listed)[0], one, f"{path}[{at}]")
        ]
        return faults or _converted(kind, value, path)
    struct = next((choice for choice in _choices(kind) if _is_struct(choice)), None)
    if struct is not None and isinstance(value, dict):
        return column_faults(struct, value, path)
    return _converted(kind, value, path)


def _converted(kind: Any, value: object, path: str) -> list[Fault]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        if found := _AT.match(str(error)):
            return [Fault(path + found["where"], found["told"])]
        # A struct's own checks begin with the name of the field.
        name, _, told = str(error).partition(" ")
        named = _is_struct(kind) and name in kind.__struct_fields__
        return [Fault(f"{path}.{name}", told) if named else Fault(path, str(error))]
    return []


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _is_struct(kind: Any) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
