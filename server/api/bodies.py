"""Bodies of requests, taken exactly as the document says: a number is no text, and a text no number."""

import re
from functools import cache
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.utils.scope.state import ScopeState

from games.columns import column_faults
from games.errors import Fault

#: Levels of objects and lists in a body.
DEEPEST: Final = 32

_TEXTS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


class StrictRequest(Request[Any, Any, Any]):
    """Decodes a JSON body into the type that its route takes; the framework's own way would bend what is near it."""

    async def json(self) -> Any:
        """The body as its route takes it, or something that no route takes: who calls is asked for first."""
        kind = _kind(self)
        if kind is None:
            return await super().json()
        body = await self.body()
        try:
            return _Unfit() if too_deep(body) else _decoder(kind).decode(body)
        except msgspec.MsgspecError:
            return _Unfit()


def too_deep(body: bytes) -> bool:
    """Whether a JSON text is nested deeper than `DEEPEST`: whoever walks through its value calls itself as often."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    brackets = _TEXTS.sub(b"", body).translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(DEEPEST):
        before, brackets = brackets, brackets.replace(b"[]", b"")
        if len(brackets) == len(before):
            break
    return bool(brackets)


class _Unfit:
    """A body that does not fit. Why is told when the call is refused for it (`body_faults`)."""


def body_faults(request: Request[Any, Any, Any]) -> list[Fault]:
    """Everything for which a body does not fit its route; empty for a route without a body."""
    kind = _kind(request)
    body = ScopeState.from_scope(request.scope).body
    if kind is None or not isinstance(body, bytes):
        return []
    deep = [Fault("$", f"is nested deeper than {DEEPEST} levels")]
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        return [Fault("$", f"is no JSON: {error}")]
    except RecursionError:
        return deep
    if too_deep(body):
        return deep
    structs = [one for one in _structs(request) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    if len(structs) == 1 and (found := column_faults(structs[0], said, "$")):
        return found
    try:
        _decoder(kind).decode(body)
    except msgspec.ValidationError as error:
        return [Fault("$", str(error))]
    return []


def _kind(request: Request[Any, Any, Any]) -> Any:
    data = request.route_handler.parsed_fn_signature.parameters.get("data")
    return None if data is None else data.annotation


def _structs(request: Request[Any, Any, Any]) -> tuple[Any, ...]:
    data = request.route_handler.parsed_fn_signature.parameters["data"]
    return (data.annotation, *data.args)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
