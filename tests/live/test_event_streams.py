"""Event streams: the promises of websockets over plain HTTP, on two nodes that share a database and a Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from channels.broker import Broker
from channels.channel import Channel
from channels.hub import Hub
from channels.policy import Policy
from games.messages.events import EVENT_KINDS
from server.auth import tokens
from tests.event_streams import StreamClient
from tests.processes import ServerProcess
from tests.storm.world import Ground, World

LIMITS = {
    "WHEELHOUSE_CONNECTIONS_PER_USER": "3",
    "WHEELHOUSE_EXPIRY_GRACE_S": "0.5",
    "WHEELHOUSE_HISTORY_EVENTS": "20",
    "WHEELHOUSE_PING_INTERVAL_S": "1",
    "WHEELHOUSE_QUEUED_BYTES": "65536",
    "WHEELHOUSE_SEND_BUFFER_BYTES": "16384",
}


@dataclass
class Place:
    """Two nodes, and a way to publish from neither."""

    one: ServerProcess
    other: ServerProcess
    world: World
    broker: Broker

    @property
    def ground(self) -> Ground:
        return self.world.grounds["demo"]

    def user(self, code: str = "demo") -> str:
        """The token of a player who has no connection yet."""
        return self.world.grounds[code].token("player", f"player-{uuid4().hex[:8]}")

    async def tell(self, text: str, code: str = "demo", name: str = "tenant", event: str = "announcement") -> Any:
        channel = Channel(str(self.world.grounds[code].tenant.id), name)
        return await self.broker.publish(channel, event, {"message": text}, at=datetime.now(UTC))

    async def ticket(self, node: ServerProcess, token: str, channel: str = "tenant") -> str:
        status, made = await asyncio.to_thread(
            lambda: node.call("POST", "/api/v1/events/tickets", token=token, body={"channel": channel})
        )
        assert status == 201, made
        return str(made["ticket"])


@pytest.fixture(scope="module")
async def place(make_database: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    urls = make_database()
    world = await World(urls.database_url).start(duration_ms=1500)
    broker = Broker(urls.redis_url, Hub(), {event: Policy(kind) for event, kind in EVENT_KINDS.items()})
    await broker.start()
    folder = tmp_path_factory.mktemp("streams")
    one = world.node(folder / "one", urls.redis_url, LIMITS)
    other = world.node(folder / "other", urls.redis_url, {**LIMITS, "WHEELHOUSE_TICKET_S": "0.2"})
    await asyncio.gather(asyncio.to_thread(one.start), asyncio.to_thread(other.start))
    yield Place(one, other, world, broker)
    await asyncio.gather(asyncio.to_thread(one.stop), asyncio.to_thread(other.stop))
    await broker.close()
    await world.close()


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["data"]["message"] for message in messages if message["type"] == "event"]


async def test_a_stream_begins_with_the_state_and_goes_on_with_what_happens_under_its_id(place: Place) -> None:
    stream = await StreamClient.open(place.one.url, "tenant", token=place.user())
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["cache-control"] == "no-store"
    first = await stream.message()
    assert (first["type"], first["channel"], first["recovered"]) == ("subscribed", "tenant", False)
    assert first["snapshot"]["wheels"]
    assert stream.last_event_id == f"{first['epoch']}:{first['offset']}"
    published = await place.tell("two\nlines")
    told = await stream.message()
    assert (told["event"], told["offset"], told["data"]["message"]) == ("announcement", published.offset, "two\nlines")
    assert stream.last_event_id == f"{published.epoch}:{published.offset}"
    await stream.close()


async def test_after_a_cut_another_node_tells_what_was_missed_once_and_in_order(place: Place) -> None:
    stream = await StreamClient.open(place.one.url, "tenant", token=place.user())
    await stream.message()
    await place.tell("heard")
    await stream.message()
    await stream.close()
    for number in range(5):
        await place.tell(f"missed {number}")
    for again in ({"last_event_id": stream.last_event_id}, {"since": stream.last_event_id}):
        back = await StreamClient.open(place.other.url, "tenant", token=place.user(), **again)
        first = await back.message()
        assert (first["recovered"], "snapshot" in first) == (True, False)
        await place.tell("live")
        await back.message(lambda message: message["data"]["message"] == "live")
        assert texts(back.messages)[:5] == [f"missed {number}" for number in range(5)]
        offsets = [message["offset"] for message in back.messages if message["type"] == "event"]
        assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
        await back.close()


@pytest.mark.parametrize("last", ["gone", "nowhere:3"])
async def test_what_history_no_longer_holds_is_not_claimed(place: Place, last: str) -> None:
    stream = await StreamClient.open(place.one.url, "tenant", token=place.user())
    await stream.message()
    await stream.close()
    for number in range(25):
        await place.tell(f"past {number}")
    named = stream.last_event_id if last == "gone" else last
    back = await StreamClient.open(place.one.url, "tenant", token=place.user(), last_event_id=named)
    first = await back.message()
    assert first["recovered"] is False
    assert first["snapshot"]["wheels"]
    assert back.last_event_id == f"{first['epoch']}:{first['offset']}"
    await back.close()


async def test_a_ticket_opens_one_stream_on_any_node_however_many_try_at_once(place: Place) -> None:
    ticket = await place.ticket(place.one, place.user())
    nodes = (place.one, place.other)
    tries = await asyncio.gather(
        *(StreamClient.open(nodes[number % 2].url, "tenant", ticket=ticket) for number in range(16))
    )
    assert sorted(one.status for one in tries) == [200] + [401] * 15
    stream = next(one for one in tries if one.status == 200)
    assert (await stream.message())["type"] == "subscribed"
    await stream.close()


async def test_a_ticket_is_for_its_channel_its_time_and_those_who_may(place: Place) -> None:
    token = place.user()
    elsewhere = await StreamClient.open(place.one.url, "user", ticket=await place.ticket(place.one, token))
    assert (elsewhere.status, elsewhere.code) == (401, "unauthorized")
    brief = await place.ticket(place.other, token)
    await asyncio.sleep(0.3)
    late = await StreamClient.open(place.one.url, "tenant", ticket=brief)
    assert (late.status, late.code) == (401, "unauthorized")
    for channel, status in (("operator", 403), ("wheel:none", 404)):
        refused, _ = await asyncio.to_thread(
            lambda: place.one.call("POST", "/api/v1/events/tickets", token=token, body={"channel": channel})  # noqa: B023
        )
        assert refused == status


async def test_who_may_not_listen_is_refused_as_by_rest(place: Place) -> None:
    theirs = f"wheel:{place.world.grounds['demo-b'].wheel_id}"
    for channel, token, status, code in (
        ("tenant", None, 401, "unauthorized"),
        ("tenant", "nonsense", 401, "unauthorized"),
        (theirs, place.user(), 404, "not_found"),
        ("operator", place.user(), 403, "forbidden"),
        ("nonsense", place.user(), 404, "not_found"),
    ):
        refused = await StreamClient.open(place.one.url, channel, token=token)
        assert (refused.status, refused.code) == (status, code), channel
    bad = await StreamClient.open(place.one.url, "tenant", token=place.user(), last_event_id="bad")
    assert (bad.status, bad.code) == (422, "bad_request")


async def test_a_channel_of_one_tenant_is_not_heard_in_the_other(place: Place) -> None:
    stream = await StreamClient.open(place.one.url, "tenant", token=place.user("demo-b"))
    await stream.message()
    await place.tell("secret of demo")
    await place.tell("of demo-b", "demo-b")
    assert (await stream.message())["data"]["message"] == "of demo-b"
    await stream.close()


async def test_a_token_that_ends_while_streaming_is_told_then_ends_the_stream(place: Place) -> None:
    key = next(key for key in place.ground.tenant.keys if key.algorithm == "HS256")
    brief = tokens.sign(key, tenant_code="demo", user_id="brief", role="player", issued_at=datetime.now(UTC), life_s=1)
    stream = await StreamClient.open(place.one.url, "tenant", token=brief)
    *_, expiring, last = await stream.ended()
    assert (expiring["type"], expiring["code"]) == ("closing", "expiring")
    assert last == {"type": "closed", "code": 4401, "reason": "unauthorized"}


async def test_a_quiet_stream_shows_that_it_lives(place: Place) -> None:
    stream = await StreamClient.open(place.one.url, "user", token=place.user())
    await stream.commented()
    await stream.close()


async def test_the_oldest_stream_of_a_user_goes_when_there_are_too_many(place: Place) -> None:
    token = place.user()
    streams = [await StreamClient.open(place.one.url, "tenant", token=token) for _ in range(4)]
    assert (await streams[0].ended())[-1]["reason"] == "too_many_connections"
    for stream in streams[1:]:
        assert (await stream.message())["type"] == "subscribed"
        await stream.close()


async def test_a_reader_that_does_not_read_is_ended_within_its_bytes_and_the_others_hear_all(place: Place) -> None:
    slow = await StreamClient.open(place.one.url, "tenant", token=place.user())
    quick = await StreamClient.open(place.one.url, "tenant", token=place.user())
    await quick.message()
    slow._reader._transport.pause_reading()
    for number in range(200):
        await place.tell(f"{number} " + "x" * 50_000)
        await quick.message(lambda message: message["data"]["message"].startswith(f"{number} "))  # noqa: B023
        _, text = await asyncio.to_thread(place.one.get, "/metrics")
        if b'wheelhouse_slow_consumers_total{tenant="demo"} 1.0' in text:
            break
    else:
        raise AssertionError("nobody was ended")
    await quick.close()
    await slow.close()


async def test_latest_and_passing_events_have_no_id(place: Place) -> None:
    stream = await StreamClient.open(place.one.url, "tenant", token=place.user())
    await stream.message()
    before = stream.last_event_id
    await place.tell("1", event="jackpot.pool")
    assert (await stream.message())["event"] == "jackpot.pool"
    assert stream.last_event_id == before
    await stream.close()


async def test_a_node_that_stops_tells_its_streams_when_to_come_back(place: Place) -> None:
    streams = [await StreamClient.open(place.other.url, "tenant", token=place.user()) for _ in range(3)]
    for stream in streams:
        await stream.message()
    await asyncio.to_thread(place.other.stop)
    for stream in streams:
        *_, closing, last = await stream.ended()
        assert (closing["code"], last["code"]) == ("draining", 4503)
        assert stream.retry_ms == closing["reconnect_in_ms"]
