"""What a node can be asked to measure itself by, in Prometheus' words. The hot paths only count; this reads."""

from collections import Counter
from collections.abc import Iterator, Mapping

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.broker import Broker
from channels.event_stream import EventStream
from channels.hub import Hub
from games.errors import WheelhouseError
from persistence import backlog, outbox
from persistence.backlog import Backlog
from persistence.database import Database
from persistence.outbox import Waiting
from server.live.service import LiveService
from server.tenant_shares import TenantShares

#: What the delivery room counts by tenant: the name, what it means, a label and its value where one tells cases apart,
#: and the field.
COUNTED: tuple[tuple[str, str, tuple[str, str] | None, str], ...] = (
    ("deliveries", "Events handed to connections.", None, "deliveries"),
    ("conflated", "Latest events replaced by newer ones before a slow reader took them.", None, "conflated"),
    ("dropped", "Passing events that a slow reader did not get.", None, "dropped"),
    ("slow_consumers", "Connections closed because they did not read.", None, "slow_consumers"),
    (
        "recoveries",
        "Who came back, to all that was missed or the whole state.",
        ("outcome", "recovered"),
        "recovered",
    ),
    ("recoveries", "", ("outcome", "snapshot"), "unrecovered"),
    (
        "gaps",
        "Channels with a hole in their live events, by its end.",
        ("outcome", "filled"),
        "gaps_filled",
    ),
    ("gaps", "", ("outcome", "lost"), "gaps_lost"),
)


#: Gauges by (tenant, labels …).
Figures = Mapping[tuple[str, ...], float]


class NodeMeasures(Collector):
    """Reads a node's counts when they are asked for. `tenants`: how many are named, the others being one."""

    def __init__(self, live_service: LiveService, hub: Hub, broker: Broker, tenants: int) -> None:
        self._live_service = live_service
        self._hub = hub
        self._broker = broker
        self._shares = TenantShares(tenants)
        self._deliveries: dict[str, int] = {}
        #: of the outbox, when last asked; None while Postgres is away
        self.waiting: list[Waiting] | None = None
        #: of rewards and jobs, when last asked; None while Postgres is away
        self.backlog: Backlog | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """All measures, as they are scraped."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """One family a measure."""
        connections, queued = self._connections()
        subscriptions = Counter[tuple[str, ...]]()
        for channel, sockets in self._hub.audience():
            subscriptions[channel.tenant,] += sockets
        self._choose(connections)
        yield self._gauge("connections", "Open connections, by transport.", connections, "transport")
        yield self._gauge("subscriptions", "Subscriptions of this node's connections.", subscriptions)
        yield self._gauge("queued_bytes", "Bytes that wait for readers that are behind.", queued)
        yield _single("channels", "Channels that somebody on this node listens to.", self._hub.channels)
        yield _single("redis_up", "Whether Redis answers this node (1) or is away (0).", int(self._broker.healthy))
        yield from self._counted()
        yield from self._commands()
        yield from self._redis()
        yield from self._outbox()
        yield from self._backlog()

    def _connections(self) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
        connections, queued = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        for listener in self._live_service.listeners():
            caller, socket = listener.caller, listener.socket
            tenant = "" if caller is None or caller.tenant_id is None else str(caller.tenant_id)
            transport = "event_stream" if isinstance(socket, EventStream) else "websocket"
            connections[tenant, transport] += 1
            if socket is not None and socket.behind:
                queued[tenant,] += socket.queued_bytes
        return connections, queued

    def _choose(self, connections: Counter[tuple[str, ...]]) -> None:
        activity = Counter[str]()
        for tenant, counters in self._hub.counters.tenants.items():
            activity[tenant] = counters.deliveries - self._deliveries.get(tenant, 0)
            self._deliveries[tenant] = counters.deliveries
        for (tenant, _), open_now in connections.items():
            if tenant:
                activity[tenant] += open_now
        self._shares.choose(activity, self._live_service.tenant_codes)

    def _counted(self) -> Iterator[Metric]:
        families: dict[str, CounterMetricFamily] = {}
        for name, meaning, case, field in COUNTED:
            labels = () if case is None else (case[1],)
            for tenant, counters in self._hub.counters.tenants.items():
                self._shares.rise(name, tenant, getattr(counters, field), *labels)
            if name not in families:
                names = ["tenant"] if case is None else ["tenant", case[0]]
                families[name] = CounterMetricFamily(f"wheelhouse_{name}", meaning, labels=names)
        for name, family in families.items():
            for labels_of, value in self._shares.totals(name):
                family.add_metric(labels_of, value)
            yield family

    def _commands(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "wheelhouse_commands", "Commands of websockets, by outcome.", labels=["tenant", "command", "outcome"]
        )
        for (tenant, command, outcome), count in self._live_service.commands.items():
            self._shares.rise("commands", tenant, count, command, outcome)
        for labels, value in self._shares.totals("commands"):
            family.add_metric(labels, value)
        yield family

    def _redis(self) -> Iterator[Metric]:
        counters = self._hub.counters
        reconnects = CounterMetricFamily("wheelhouse_redis_reconnects", "Connections to Redis after the first.")
        reconnects.add_metric([], counters.redis_reconnects)
        yield reconnects
        lag = HistogramMetricFamily("wheelhouse_pubsub_lag_seconds", "From Redis' publishing of an event to this node.")
        lag.add_metric([], list(counters.lag.buckets()), counters.lag.sum_s)
        yield lag

    def _outbox(self) -> Iterator[Metric]:
        if self.waiting is None:
            return
        waiting: Figures = {(str(one.tenant_id),): float(one.messages) for one in self.waiting}
        yield self._gauge("outbox_waiting", "Committed messages that have not been published, of all nodes.", waiting)
        oldest_s = max((one.oldest_s for one in self.waiting), default=0.0)
        yield _single("outbox_oldest_seconds", "How long the oldest of them has waited.", oldest_s)

    def _backlog(self) -> Iterator[Metric]:
        if self.backlog is None:
            return
        rewards: Figures = {
            (str(tenant_id), status): float(count) for (tenant_id, status), count in self.backlog.rewards.items()
        }
        yield self._gauge("rewards", "Rewards on their way, by status, of all nodes.", rewards, "status")
        oldest = "For how long the reward that is due the longest has been due."
        yield _single("rewards_oldest_due_seconds", oldest, self.backlog.oldest_due_s)
        alerts: Figures = {
            (str(tenant_id), severity, status): float(count)
            for (tenant_id, severity, status), count in self.backlog.alerts.items()
        }
        yield self._gauge("alerts", "Alerts that stand, of all nodes.", alerts, "severity", "status")
        jobs = GaugeMetricFamily("wheelhouse_jobs", "Jobs of all nodes, by kind and status.", labels=["kind", "status"])
        for labels, count in self.backlog.jobs.items():
            jobs.add_metric(labels, count)
        yield jobs

    def _gauge(self, name: str, meaning: str, figures: Figures, *labels: str) -> GaugeMetricFamily:
        family = GaugeMetricFamily(f"wheelhouse_{name}", meaning, labels=["tenant", *labels])
        for labels_of, value in self._shares.sums(figures):
            family.add_metric(labels_of, value)
        return family


def _single(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"wheelhouse_{name}", meaning)
    family.add_metric([], value)
    return family


@get("/metrics", include_in_schema=False, media_type=CONTENT_TYPE_LATEST)
async def metrics_endpoint(measures: NodeMeasures, database: Database) -> Response[bytes]:
    """The node's measures."""
    try:
        measures.waiting = await outbox.waiting(database)
        measures.backlog = await backlog.read(database)
    except WheelhouseError:
        measures.waiting = measures.backlog = None
    return Response(measures.text(), media_type=CONTENT_TYPE_LATEST)
