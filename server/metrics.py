"""What a node can be asked to measure itself by, in Prometheus' words."""

from collections.abc import Iterator

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.broker import Broker
from channels.hub import Hub
from server.live.service import LiveService


class NodeCollector(Collector):
    """Reads a node's counts when they are asked for, so that counting costs the hot path nothing."""

    def __init__(self, live_service: LiveService, hub: Hub, broker: Broker) -> None:
        self._live_service = live_service
        self._hub = hub
        self._broker = broker

    def collect(self) -> Iterator[Metric]:
        """One family a measure."""
        connections = GaugeMetricFamily("wheelhouse_connections", "Open websockets of this node.")
        connections.add_metric([], len(self._live_service))
        yield connections
        redis = GaugeMetricFamily("wheelhouse_redis_up", "Whether Redis answers this node (1) or is away (0).")
        redis.add_metric([], 1 if self._broker.healthy else 0)
        yield redis


@get("/metrics", include_in_schema=False, media_type=CONTENT_TYPE_LATEST)
async def metrics_endpoint(live_service: LiveService, hub: Hub, broker: Broker) -> Response[bytes]:
    """The node's measures."""
    registry = CollectorRegistry()
    registry.register(NodeCollector(live_service, hub, broker))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
