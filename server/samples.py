"""Examples of messages for the documents: structs of the real types, filled by what their fields are called."""

import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T", bound=msgspec.Struct)

TIME: Final = "2026-11-23T04:26:28.469Z"
_ID: Final = "01a206a7-c6f5-7c1d-90f9-98c156b94469"
_DIGEST: Final = "148a5563892ed844c86cc9c6b71cbea245ddcb3312479db33ff2d6f1a9614d3f"

#: What stands in a field of text, by the end of its name; the first that fits.
_TEXTS: Final[tuple[tuple[str, str], ...]] = (
    ("_at", TIME), ("_time", TIME), ("at", TIME), ("user", "player-1"), ("user_id", "player-1"), ("name", "Ada"),
    ("_hash", _DIGEST), ("digest", _DIGEST), ("client_seed", "iBXx97C2DT_l8AC1"), ("request_id", "r-1"),
    ("connection", "78fe782146d54673"), ("tenant", "demo"), ("role", "player"), ("channel", "user"),
    ("epoch", "a834c640-6b03c0746753c"), ("points", "1250.0000"), ("amount", "12.50"), ("currency", "EUR"),
    ("wheel_id", _ID), ("slug", "lucky"), ("token", "…"), ("code", "draining"), ("reason", "draining"),
    ("game", "tournament"), ("status", "active"), ("probability", "0.25"), ("version", "1"), ("type", "wheel"),
    ("color", "#f4b400"),
)  # fmt: skip
#: What stands where the text of that name does not fit the field's own pattern or length.
_OTHERS: Final = ("lucky", "0.25", "12.50", "EUR", "MT", "en", "1", TIME, _ID, _DIGEST)
_PLAIN: Final[dict[type, Any]] = {inspect.BoolType: False, inspect.FloatType: 90.0, inspect.UUIDType: _ID}
_NUMBERS: Final = {"id": 1, "code": 4503, "offset": 42, "version": 42, "duration_ms": 5000, "at_ms": 1795407988491}


def of(kind: type[T]) -> T:
    """An example of a message type."""
    # By way of JSON, since a raw field takes nothing else.
    return msgspec.json.decode(msgspec.json.encode(_value(inspect.type_info(kind), "")), type=kind)


def shown(message: object) -> Any:
    """A message as a client sees it."""
    return msgspec.json.decode(msgspec.json.encode(message))


def channel(address: str) -> str:
    """An example of a channel's name."""
    return address.replace("{id}", _ID)


def _fits(text: str, info: inspect.StrType) -> bool:
    longest = len(text) if info.max_length is None else info.max_length
    return (info.min_length or 0) <= len(text) <= longest and re.search(info.pattern or "", text) is not None


def _struct(info: Any) -> dict[str, Any]:
    made = {field.encode_name: _value(field.type, field.encode_name) for field in info.fields}
    return {**made, info.tag_field: info.tag} if info.tag_field else made


def _value(info: Any, name: str) -> Any:  # noqa: PLR0911 - a table of the kinds of types
    match info:
        case inspect.StructType():
            return _struct(info)
        case inspect.Metadata():
            return _value(info.type, name)
        case inspect.VarTupleType():
            return []
        case inspect.UnionType() if any(isinstance(one, inspect.RawType) for one in info.types):
            return None
        case inspect.UnionType():
            # What was not said has no JSON of its own.
            unsaid = inspect.NoneType | inspect.CustomType
            return _value(next(one for one in info.types if not isinstance(one, unsaid)), name)
        case inspect.ListType():
            return [_value(info.item_type, name)]
        case inspect.TupleType():
            return [_value(one, name) for one in info.item_types]
        case inspect.StrType():
            named = next((text for end, text in _TEXTS if name.endswith(end)), "Lucky wheel")
            return next((text for text in (named, *_OTHERS) if _fits(text, info)), named)
    return _plain(info, name)


def _plain(info: Any, name: str) -> Any:
    match info:
        case inspect.LiteralType():
            return info.values[0]
        case inspect.EnumType():
            return next(iter(info.cls)).value
        case inspect.DateTimeType():
            return TIME
        case inspect.DecimalType():
            return "12.50"
        case inspect.IntType():
            return _NUMBERS.get(name, max(1, info.ge or 1))
    return _PLAIN.get(type(info), {})
