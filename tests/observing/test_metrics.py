"""What a running node tells Prometheus of what it does, by tenant."""

import asyncio
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.event_streams import StreamClient
from tests.processes import Client, ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that names one tenant."""
    folder = tmp_path_factory.mktemp("metrics") / "data"
    with ServerProcess(folder, environment={"WHEELHOUSE_METRICS_TENANTS": "1"}) as running:
        yield running


def measures(server: ServerProcess) -> dict[str, float]:
    _, text = server.get("/metrics")
    found = re.findall(r"^(wheelhouse_\S+) (\S+)$", text.decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


async def test_what_happens_is_told_by_tenant_and_the_rest_as_other(
    server: ServerProcess,
) -> None:
    token = await asyncio.to_thread(server.sign_in, f"player-{uuid4().hex[:8]}")
    other = await asyncio.to_thread(lambda: server.sign_in(f"player-{uuid4().hex[:8]}", tenant="demo-b"))
    clients = [await Client.open(server.ws_url, token) for _ in range(3)]
    theirs = await Client.open(server.ws_url, other)
    stream = await StreamClient.open(server.url, "user", token=token)
    for client in (*clients, theirs):
        await client.ask("subscribe", channel="tenant")
    await clients[0].ask("ping")
    await clients[0].refused("subscribe", channel="operator")
    first = await clients[0].ask("subscribe", channel="user")
    again = {"epoch": first["epoch"], "offset": first["offset"]}
    assert (await clients[1].ask("subscribe", channel="user", since=again))["recovered"]
    assert not (await clients[2].ask("subscribe", channel="user", since={"epoch": "none", "offset": 1}))["recovered"]
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    await clients[0].ask("spin", wheel_id=wheels["items"][0]["id"], request_id="one")
    await clients[0].event(lambda event: event["event"] == "spin.result")

    told = await asyncio.to_thread(measures, server)
    assert told['wheelhouse_connections{tenant="demo",transport="websocket"}'] == 3
    assert told['wheelhouse_connections{tenant="demo",transport="event_stream"}'] == 1
    assert told['wheelhouse_connections{tenant="other",transport="websocket"}'] == 1
    assert told['wheelhouse_subscriptions{tenant="demo"}'] == 7
    assert told['wheelhouse_subscriptions{tenant="other"}'] == 1
    assert told['wheelhouse_commands_total{command="ping",outcome="ok",tenant="demo"}'] == 1
    assert told['wheelhouse_commands_total{command="subscribe",outcome="forbidden",tenant="demo"}'] == 1
    assert told['wheelhouse_commands_total{command="subscribe",outcome="ok",tenant="other"}'] == 1
    assert told['wheelhouse_commands_total{command="spin",outcome="ok",tenant="demo"}'] == 1
    assert told['wheelhouse_recoveries_total{outcome="recovered",tenant="demo"}'] == 1
    assert told['wheelhouse_recoveries_total{outcome="snapshot",tenant="demo"}'] == 1
    assert told['wheelhouse_deliveries_total{tenant="demo"}'] > 10
    assert told["wheelhouse_pubsub_lag_seconds_count"] >= 2
    assert told['wheelhouse_pubsub_lag_seconds_bucket{le="1.0"}'] == told["wheelhouse_pubsub_lag_seconds_count"]
    assert told["wheelhouse_outbox_oldest_seconds"] >= 0
    assert told["wheelhouse_rewards_oldest_due_seconds"] >= 0
    assert told["wheelhouse_redis_up"] == 1
    assert told["wheelhouse_redis_reconnects_total"] == 0
    for client in (*clients, theirs):
        await client.close()
    await stream.close()
