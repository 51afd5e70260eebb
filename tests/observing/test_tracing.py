"""An operator's call can be followed to the sockets of another node; players' frames tell nothing of it."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conftest import DatabaseUrls
from tests.processes import Client, await_true
from tests.storm.world import World

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


class Collector:
    """A receiver of OTLP over HTTP that keeps every span, with the instance that sent it."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = ExportTraceServiceRequest()
                request.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
                for resource in request.resource_spans:
                    names = {one.key: one.value.string_value for one in resource.resource.attributes}
                    for scope in resource.scope_spans:
                        collector.spans += [(names["service.instance.id"], span) for span in scope.spans]
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def of_trace(self) -> dict[str, tuple[str, Any]]:
        return {span.name: (node, span) for node, span in self.spans if span.trace_id.hex() == TRACE}

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture
async def world(database_urls: DatabaseUrls) -> AsyncIterator[World]:
    world = await World(database_urls.database_url).start(duration_ms=1500)
    yield world
    await world.close()


async def test_one_trace_leads_from_the_call_to_the_write_on_another_nodes_sockets(
    world: World, database_urls: DatabaseUrls, collector: Collector, tmp_path: Path
) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    one = world.node(tmp_path / "one", database_urls.redis_url, environment)
    other = world.node(tmp_path / "other", database_urls.redis_url, environment)
    await asyncio.gather(asyncio.to_thread(one.start), asyncio.to_thread(other.start))
    ground = world.grounds["demo"]
    operator = ground.token("operator", "operator-1")
    client = await Client.open(other.ws_url, ground.token("player", "watcher"))
    await client.ask("subscribe", channel="tenant")

    now = datetime.now(UTC)
    body = {
        "tournament_name": "Traced",
        "start_time": (now + timedelta(hours=1)).isoformat(),
        "end_time": (now + timedelta(hours=2)).isoformat(),
    }
    _, made = await asyncio.to_thread(
        lambda: one.call("POST", "/api/v1/tournaments?secret=in-the-query", token=operator, body=body)
    )
    status, _ = await asyncio.to_thread(
        lambda: one.call(
            "POST",
            f"/api/v1/tournaments/{made['id']}/status",
            token=operator,
            body={"to": "registration"},
            headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
        )
    )
    assert status in (200, 201)
    told = await client.event(lambda event: event.get("event") == "game.opened")
    assert "traceparent" not in json.dumps(told)
    assert TRACE not in json.dumps(client.events)

    event = "game.opened"
    names = {"transaction", f"publish {event}", f"receive {event}", f"flush {event}"}
    await asyncio.to_thread(await_true, lambda: names <= collector.of_trace().keys())
    spans = collector.of_trace()
    call = next(name for name in spans if name.startswith("POST /api/v1/tournaments/") and name.endswith("/status"))
    parents = {name: span.parent_span_id.hex() for name, (_, span) in spans.items()}
    ids = {name: span.span_id.hex() for name, (_, span) in spans.items()}
    assert parents[call] == CALLER
    assert parents[f"publish {event}"] in {
        span.span_id.hex() for _, span in collector.spans if span.name == "transaction"
    }
    assert parents[f"receive {event}"] == ids[f"publish {event}"]
    assert parents[f"flush {event}"] == ids[f"receive {event}"]
    assert spans[call][0] == spans[f"publish {event}"][0]
    assert spans[f"receive {event}"][0] == spans[f"flush {event}"][0] != spans[call][0]
    assert not [span for _, span in collector.spans if "in-the-query" in str(span)]
    await client.close()
    await asyncio.gather(asyncio.to_thread(one.stop), asyncio.to_thread(other.stop))
