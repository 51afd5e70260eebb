"""The JSON columns: typed messages, refused with every fault named when they do not fit (domain.md, The JSON columns).

msgspec stops at the first fault. Whoever fills in a form wants them all, so a struct is looked through field by field.
"""

import re
from collections.abc import Iterator
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Final, TypeGuard, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import fields

from games.errors import BadRequest, Fault
from games.texts import matching

T = TypeVar("T", bound=msgspec.Struct)

#: A currency's three letters (ISO 4217).
Currency = Annotated[str, matching("[A-Z]{3}")]
Hours = Annotated[int, msgspec.Meta(ge=1, le=24 * 366 * 10)]

#: Faults of one value that are named.
MOST_FAULTS: Final = 100

_AT = re.compile(r"^(?P<told>.*) - at `\$(?P<where>.*)`$", re.DOTALL)


def parse_column(kind: type[T], value: object, path: str) -> T:
    """A JSON object as the struct it has to be. `path`: where it stands, for the faults.

    Raises `BadRequest` with its faults: unknown and missing keys, and values of another type or out of bounds.
    """
    if faults := column_faults(kind, value, path):
        raise BadRequest("The values do not fit: every fault is listed.", faults=faults)
    return msgspec.convert(value, kind)


def column_faults(kind: type[msgspec.Struct], value: object, path: str) -> list[Fault]:
    """What in a JSON object does not fit a struct: all of it, or the first `MOST_FAULTS` and that there are more.

    Whoever sends a thousand faults has made one mistake; naming each would cost more than the sending.
    """
    found = list(islice(_struct_faults(kind, value, path), MOST_FAULTS + 1))
    if len(found) > MOST_FAULTS:
        found[MOST_FAULTS:] = [Fault(path, f"has more faults than these {MOST_FAULTS}: mend them, then send it again")]
    return found


def _struct_faults(kind: type[msgspec.Struct], value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, "must be an object")
        return
    known = {field.encode_name: field for field in fields(kind)}
    for key in value:
        if key not in known:
            yield Fault(f"{path}.{key}", f"is not known here; known are {', '.join(known)}")
    fitting = {}
    for name, field in known.items():
        if name not in value:
            if field.required:
                yield Fault(f"{path}.{name}", "is missing")
            continue
        fits = True
        for fault in _value_faults(field.type, value[name], f"{path}.{name}"):
            fits = False
            yield fault
        if fits:
            fitting[name] = value[name]
    required = {name for name, field in known.items() if field.required}
    # What the struct says of its fields together, such as an amount that its currency does not have.
    if required <= fitting.keys():
        yield from _converted(kind, fitting, path)


def _value_faults(kind: Any, value: object, path: str) -> Iterator[Fault]:
    listed = next((choice for choice in _choices(kind) if get_origin(choice) is list), None)
    struct = next((choice for choice in _choices(kind) if _is_struct(choice)), None)
    if listed is not None and isinstance(value, list) and _is_struct(get_args(listed)[0]):
        yield from _list_faults(kind, get_args(listed)[0], value, path)
    elif struct is not None and isinstance(value, dict):
        yield from _struct_faults(struct, value, path)
    else:
        yield from _converted(kind, value, path)


def _list_faults(kind: Any, of: Any, value: list[Any], path: str) -> Iterator[Fault]:
    most = next((one.max_length for one in get_args(kind) if isinstance(one, msgspec.Meta)), None)
    if most is not None and len(value) > most:
        # Not looked into: it may be as long as a body.
        yield Fault(path, f"has {len(value)} elements; {most} are taken at the most")
        return
    fits = True
    for at, one in enumerate(value):
        for fault in _value_faults(of, one, f"{path}[{at}]"):
            fits = False
            yield fault
    if fits:
        yield from _converted(kind, value, path)


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
