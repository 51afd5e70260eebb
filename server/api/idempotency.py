"""`Idempotency-Key`: a call that is sent again under the same key gets the first answer again, and does nothing more.

A route that may be called again is declared `@idempotent` under its method. What it does in its tenant, by way of
`Database.tenant`, is then one transaction with the row of its key: either both are there after a crash or neither is.
What it does otherwise commits by itself and before that row (points, which are written in batches, each source event
once): after a crash in between the call is carried out again. A refusal writes nothing, so that its key stays free. Not
for answers that show a secret once, which no table may hold.
"""

import asyncio
import hashlib
import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any, TypeVar
from weakref import WeakValueDictionary

import msgspec
from litestar import MediaType, Request, Response
from litestar.params import HeaderParameter

from games.errors import Conflict
from persistence import idempotency
from persistence.database import Database
from persistence.idempotency import KeyedCall
from server.auth.tokens import Caller
from server.settings import Settings

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])
Kept = TypeVar("Kept")

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        required=False,
        description="The same key and body are answered as at first; another body is a conflict.",
    ),
]
#: A header of an answer that had been given before.
REPLAYED = "idempotent-replayed"


class KeyedCalls:
    """Carries out calls under keys, each once."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._kept_h = settings.idempotency_h
        self._database = database
        #: who comes again to the same node waits here, where waiting takes no connection
        self._under_way: WeakValueDictionary[KeyedCall, asyncio.Lock] = WeakValueDictionary()

    async def once(self, call: KeyedCall, carry_out: Callable[[], Awaitable[Response[bytes]]]) -> Response[bytes]:
        """The answer of the call: carried out now, or what it got before. Raises `Conflict` for another body."""
        lock = self._under_way.setdefault(call, asyncio.Lock())
        async with lock, self._database.one_transaction(call.tenant_id) as connection:
            before = await idempotency.take(connection, call, self._kept_h)
            if before is None:
                answer = await carry_out()
                await idempotency.answer(connection, call, answer.status_code or 200, bytes(answer.content))
                return answer
        if before.body_hash != call.body_hash:
            raise Conflict("This Idempotency-Key was already used with another body. Choose a new key for a new call.")
        return Response(before.body, status_code=before.status, media_type=MediaType.JSON, headers={REPLAYED: "true"})


def keyed_call(caller: Caller, request: Request[Any, Any, Any], key: str, data: object) -> KeyedCall:
    """A call as its key is held against others'. The caller has a tenant."""
    assert caller.tenant_id is not None
    return KeyedCall(
        tenant_id=caller.tenant_id,
        caller=f"{caller.role}:{caller.user_id}",
        route=f"{request.method} {request.url.path.rstrip('/')}",
        key=key,
        body_hash=hashlib.sha256(msgspec.json.encode(data, order="sorted")).digest(),
    )


def kept_once(
    keyed_calls: KeyedCalls,
    caller: Caller,
    request: Request[Any, Any, Any],
    key: str | None,
    data: object,
    kind: type[Kept],
) -> Callable[[Callable[[], Awaitable[Kept]]], Awaitable[Kept]]:
    """How the first step of a call of several, such as a sale, is done once for its key, where there is one.

    What the step makes is kept as the key's answer, so that the call sent again goes on with the same.
    """

    async def once(make: Callable[[], Awaitable[Kept]]) -> Kept:
        if key is None:
            return await make()

        async def carry_out() -> Response[bytes]:
            return Response(msgspec.json.encode(await make()))

        answer = await keyed_calls.once(keyed_call(caller, request, key, data), carry_out)
        return msgspec.json.decode(bytes(answer.content), type=kind)

    return once


def idempotent(handler: Handler) -> Handler:
    """Let a route of one tenant, which has `caller` and perhaps `data`, take an `Idempotency-Key`."""

    @wraps(handler)
    async def keyed(
        *args: Any, keyed_calls: KeyedCalls, request: Request[Any, Any, Any], idempotency_key: str | None, **values: Any
    ) -> Any:
        caller: Caller = values["caller"]
        if idempotency_key is None or caller.tenant_id is None:
            return await handler(*args, **values)
        call = keyed_call(caller, request, idempotency_key, values.get("data"))

        async def carry_out() -> Response[bytes]:
            return _rendered(await handler(*args, **values), request.route_handler.status_code)

        return await keyed_calls.once(call, carry_out)

    added = {"keyed_calls": KeyedCalls, "request": Request[Any, Any, Any], "idempotency_key": IdempotencyKey}
    signature = inspect.signature(handler)
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None if name == "idempotency_key" else inspect.Parameter.empty,
            annotation=kind,
        )
        for name, kind in added.items()
    ]
    keyed.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *parameters])  # type: ignore[attr-defined]
    keyed.__annotations__ = {**handler.__annotations__, **added}
    return keyed  # type: ignore[return-value]


def _rendered(answer: Any, status_code: int) -> Response[bytes]:
    """An answer as the bytes that are sent and kept."""
    if not isinstance(answer, Response):
        answer = Response(answer, status_code=status_code)
    return Response(
        msgspec.json.encode(answer.content),
        status_code=answer.status_code or status_code,
        media_type=MediaType.JSON,
        headers=answer.headers,
    )
