"""What a node can be asked to measure itself by, in Prometheus' words."""

from collections.abc import Callable, Iterator

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.broker import Broker
from channels.hub import Hub
from channels.metrics import Counters
from server.live.service import LiveService

#: What the delivery room counts, as metrics: the name, what it means, and how it is read.
COUNTED: tuple[tuple[str, str, Callable[[Counters], int]], ...] = (
    ("deliveries", "Frames handed to websockets.", lambda count: count.deliveries),
    (
        "conflated",
        "Latest events replaced by newer ones before a slow reader took them.",
        lambda count: count.conflated,
    ),
    ("dropped", "Passing events that a slow reader did not get.", lambda count: count.dropped),
    ("slow_consumers", "Websockets closed because they did not read.", lambda count: count.slow_consumers),
    ("recovered", "Subscriptions that got all that they had missed.", lambda count: count.recovered),
    ("unrecovered", "Subscriptions that had missed more than history holds.", lambda count: count.unrecovered),
    ("gaps_filled", "Channels with a hole in their live events that history filled.", lambda count: count.gaps_filled),
    ("gaps_lost", "Channels with a hole that could not be filled.", lambda count: count.gaps_lost),
    ("redis_reconnects", "Connections to Redis after the first.", lambda count: count.redis_reconnects),
)


class NodeCollector(Collector):
    """Reads a node's counts when they are asked for, so that counting costs the hot path nothing."""

    def __init__(self, live_service: LiveService, hub: Hub, broker: Broker) -> None:
        self._live_service = live_service
        self._hub = hub
        self._broker = broker

    def collect(self) -> Iterator[Metric]:
        """One family a measure."""
        yield _gauge("connections", "Open websockets of this node.", len(self._live_service))
        yield _gauge("channels", "Channels that somebody on this node listens to.", self._hub.channels)
        yield _gauge("subscriptions", "Subscriptions of this node's websockets.", self._hub.subscriptions)
        yield _gauge("redis_up", "Whether Redis answers this node (1) or is away (0).", int(self._broker.healthy))
        for name, meaning, read in COUNTED:
            family = CounterMetricFamily(f"wheelhouse_{name}", meaning)
            family.add_metric([], read(self._hub.counters))
            yield family


def _gauge(name: str, meaning: str, value: int) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"wheelhouse_{name}", meaning)
    family.add_metric([], value)
    return family


@get("/metrics", include_in_schema=False, media_type=CONTENT_TYPE_LATEST)
async def metrics_endpoint(live_service: LiveService, hub: Hub, broker: Broker) -> Response[bytes]:
    """The node's measures."""
    registry = CollectorRegistry()
    registry.register(NodeCollector(live_service, hub, broker))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
