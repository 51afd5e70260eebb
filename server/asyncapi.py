"""The AsyncAPI 3.0 document, made from the message types: what a client may send, and all that it may be sent."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, get_args

import msgspec
from litestar import Response, get

from channels import envelope
from games.errors import ERRORS
from games.messages import commands, replies
from games.messages.catalogue import CHANNELS, CLOSE_CODES, EVENT_DATA, RESULTS
from games.messages.events import EVENT_KINDS
from games.messages.snapshots import UserSnapshot
from server import samples
from server.version import VERSION

_SCHEMAS: Final = "#/components/schemas/{name}"
_TIME: Final = {"type": "string", "format": "date-time"}
_PLACES: Final[dict[str, dict[str, Any]]] = {
    "kept": {"offset": {"type": "integer", "minimum": 1}},
    "latest": {"version": {"type": "integer", "minimum": 0}},
    "passing": {},
}

Json = dict[str, Any]


@cache
def document() -> Json:
    """The whole document."""
    results = {kind: RESULTS[kind] for kind in get_args(commands.Command)}
    unasked = (envelope.Unsubscribed, envelope.Closing, envelope.Closed, replies.StreamOpened, replies.ErrorReply)
    data = {EVENT_DATA[event] for event in EVENT_DATA}
    states = [shown.snapshot for shown in CHANNELS.values()]
    kinds = list(dict.fromkeys([*results, *results.values(), *unasked, *data, *states]))
    references, schemas = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS)
    reference = dict(zip(kinds, references, strict=True))

    messages: dict[str, Json] = {}
    for kind, result in results.items():
        messages[_tag(kind)] = _message(kind, reference[kind])
        messages[f"{_tag(kind)}.reply"] = _reply(result, reference[result])
    for event in EVENT_DATA:
        messages[event] = _event(event, reference[EVENT_DATA[event]])
    for kind in unasked:
        messages[_tag(kind)] = _message(kind, reference[kind])
    _describe_states(schemas, reference, states)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wheelhouse",
            "version": VERSION,
            "description": "Live delivery: one command a frame, answered exactly once by its id; events unasked."
            " Fields and events that a client does not know are to be ignored.",
        },
        "defaultContentType": "application/json",
        "servers": {"node": {"host": "localhost:8000", "protocol": "ws", "description": "Any node takes any client."}},
        "channels": dict(_channels(results)),
        "operations": dict(_operations(results)),
        "components": {"messages": messages, "schemas": schemas},
        "x-close-codes": {
            str(code): {"word": one.word, "meaning": one.meaning, "come-back": code >= 4500}
            for code, one in CLOSE_CODES.items()
        },
        "x-error-codes": {code: kind.meaning for code, kind in ERRORS.items()},
    }


@get("/schema/asyncapi.json", include_in_schema=False)
async def asyncapi_document() -> Response[Json]:
    """The document, as every node serves it."""
    return Response(document(), media_type="application/json")


def _channels(results: dict[Any, Any]) -> Iterator[tuple[str, Json]]:
    sent = [name for kind in results for name in (_tag(kind), f"{_tag(kind)}.reply")]
    unasked = ["error", "unsubscribed", "closing"]
    yield (
        "websocket",
        {
            "address": "/ws",
            "description": "Sub-protocol wheelhouse.v1.json (text frames) or wheelhouse.v1.msgpack (binary frames).",
            "messages": _named([*sent, *unasked, *EVENT_DATA]),
        },
    )
    yield (
        "eventStream",
        {
            "address": "/api/v1/events",
            "description": "Server-Sent Events of one channel; kept events have `epoch:offset` as their id.",
            "messages": _named(["subscribed", *EVENT_DATA, "unsubscribed", "closing", "closed"]),
        },
    )
    for address, shown in CHANNELS.items():
        channel: Json = {
            "address": address,
            "description": "Listened to by `subscribe` on the websocket, or as `?channel=` of an event stream.",
            "messages": _named(shown.events),
        }
        if "{id}" in address:
            channel["parameters"] = {"id": {"description": "A UUIDv7, as REST and the lobby name it."}}
        yield address.partition(":")[0], channel


def _operations(results: dict[Any, Any]) -> Iterator[tuple[str, Json]]:
    websocket = "#/channels/websocket"
    for kind in results:
        answers = [f"{_tag(kind)}.reply", "error"]
        yield (
            _tag(kind),
            {
                "action": "receive",
                "channel": {"$ref": websocket},
                "summary": _summary(kind),
                "messages": [_within("websocket", _tag(kind))],
                "reply": {"channel": {"$ref": websocket}, "messages": [_within("websocket", name) for name in answers]},
            },
        )
    for address, shown in CHANNELS.items():
        word = address.partition(":")[0]
        if shown.events:
            yield (
                f"{word}Events",
                {
                    "action": "send",
                    "channel": {"$ref": f"#/channels/{word}"},
                    "messages": [_within(word, event) for event in shown.events],
                },
            )
    for name, channel in (("unasked", "websocket"), ("stream", "eventStream")):
        told = ["unsubscribed", "closing"] + (["subscribed", "closed"] if name == "stream" else [])
        yield (
            name,
            {
                "action": "send",
                "channel": {"$ref": f"#/channels/{channel}"},
                "messages": [_within(channel, one) for one in told],
            },
        )


def _message(kind: type[msgspec.Struct], payload: Json) -> Json:
    return {
        "name": _tag(kind),
        "summary": _summary(kind),
        "payload": payload,
        "examples": [{"payload": _sample(kind)}],
    }


def _reply(result: type[msgspec.Struct], reference: Json) -> Json:
    return {
        "name": "reply",
        "summary": _summary(result),
        "payload": {
            "type": "object",
            "properties": {"type": {"const": "reply"}, "id": {"type": "integer"}, "result": reference},
            "required": ["type", "id", "result"],
        },
        "examples": [{"payload": {"type": "reply", "id": 1, "result": _sample(result)}}],
    }


def _sample(kind: type[msgspec.Struct]) -> Json:
    sample: Json = samples.shown(samples.of(kind))
    if kind in (replies.Subscribed, replies.StreamOpened):
        sample["snapshot"] = samples.shown(samples.of(UserSnapshot))
    if kind is replies.Subscribed:
        sample["events"] = []
    return sample


def _event(event: str, reference: Json) -> Json:
    place = _PLACES[EVENT_KINDS[event]]
    channels = [address for address, shown in CHANNELS.items() if event in shown.events]
    sample = {"type": "event", "channel": samples.channel(channels[0]), **dict.fromkeys(place, 42), "event": event}
    sample |= {"data": samples.shown(samples.of(EVENT_DATA[event])), "at": samples.TIME}
    return {
        "name": event,
        "summary": _summary(EVENT_DATA[event]),
        "description": f"{EVENT_KINDS[event].capitalize()}, on {', '.join(channels)}.",
        "payload": {
            "type": "object",
            "properties": {
                "type": {"const": "event"},
                "channel": {"type": "string", "pattern": "|".join(map(_pattern, channels))},
                # With Redis away, a node tells its own listeners uncounted.
                **place,
                "event": {"const": event},
                "data": reference,
                "at": _TIME,
            },
            "required": ["type", "channel", "event", "data", "at"],
        },
        "examples": [{"payload": sample}],
    }


def _describe_states(schemas: dict[str, Json], reference: dict[Any, Json], states: list[Any]) -> None:
    """Say what is whole only here: the snapshot of each channel, and the events that an answer carries."""
    snapshot = {"anyOf": [reference[state] for state in states]}
    event = {"anyOf": [{"$ref": f"#/components/messages/{name}/payload"} for name in EVENT_DATA]}
    for kind in (replies.Subscribed, replies.StreamOpened):
        properties = schemas[reference[kind]["$ref"].rpartition("/")[2]]["properties"]
        properties["snapshot"] = snapshot
        properties["latest"] = {"type": "object", "additionalProperties": event}
        if "events" in properties:
            properties["events"] = {"type": "array", "items": event}


def _pattern(address: str) -> str:
    return "^" + re.escape(address).replace(re.escape("{id}"), "[0-9a-f-]{36}") + "$"


def _named(names: Any) -> Json:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _within(channel: str, name: str) -> Json:
    return {"$ref": f"#/channels/{channel}/messages/{name}"}


def _tag(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def _summary(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
