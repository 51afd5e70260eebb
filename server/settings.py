"""Every setting, in one place: the only module that reads the environment."""

import os
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec

from games.texts import matching

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
ListOfSeconds = Annotated[str, matching(r"[0-9]+(\.[0-9]+)?(,[0-9]+(\.[0-9]+)?)*")]


class SettingsError(ValueError):
    """A setting cannot be used; the message says which and what it takes."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is told from outside. A field `x` is read from WHEELHOUSE_X; its comment says what it means."""

    #: Postgres and Redis of your own; with neither, embedded ones are started in the data folder
    database_url: str | None = None
    #: a stronger login for migrations; the database URL when not set
    database_migration_url: str | None = None
    #: `redis://…`, `redis+sentinel://…` or `redis+cluster://…`, Redis 7 or Valkey 8, or newer; goes with the database's
    redis_url: str | None = None
    #: where the embedded services and the key file live
    data: Path = Path(".wheelhouse")
    #: the address listened on; 0.0.0.0 for every one of this machine
    host: str = "127.0.0.1"
    #: the port listened on; 0 for any free one, which the first line of the log names
    port: Port = 8000
    #: 32-byte keys as hex, comma-separated, the first encrypts; a key file in the data folder when not set
    secret_keys: str | None = None
    #: seed the demo tenants and offer the demo sign-in; by default only on embedded services
    demo: bool | None = None
    #: origins whose pages may open a websocket, comma-separated; the server's own origin always may
    origins: str = ""
    #: the least that is logged: debug, info, warning or error
    log_level: str = "info"

    #: connections of the server's role to Postgres, a worker
    database_connections: Positive = 16
    #: spins written in one transaction at the most
    spin_batch: Positive = 500
    #: spins of a tenant that may wait for the group commit, a worker
    spins_waiting: Positive = 20_000
    #: jobs that run at a time, a worker
    jobs_at_once: Positive = 40
    #: of them those of one tenant whose jobs take long, as when its platform does not answer; the rest is the others'
    slow_tenant_jobs_at_once: Positive = 20
    #: how long a platform may take to answer a webhook or a call to its wallet
    platform_timeout_s: Seconds = 10.0
    #: an attempt that has not ended by then has died with its node, and another follows; longer than platform_timeout_s
    attempt_s: Seconds = 60.0
    #: how long after each failed attempt the next one follows, comma-separated, a fifth earlier or later; then no more
    retry_delays_s: ListOfSeconds = "5,30,120,600,3600,10800,21600,43200,86400,86400,86400"
    #: a worker of which nothing was heard for so long has died, and others take over its jobs
    worker_lost_s: Seconds = 30.0
    #: let webhooks and wallets be at loopback and private addresses; refused otherwise, for they are the tenant's word
    webhook_private: bool = False
    #: webhook endpoints that a tenant may have
    webhook_endpoints_per_tenant: Positive = 50
    #: how long an endpoint's secret still signs beside the one that has replaced it
    webhook_rotation_h: Positive = 24
    #: voiding a spin takes a second operator's consent where its reward is worth more, or nobody has said how much
    void_consent_above: Decimal = Decimal(100)
    #: how long a commit is tried again while Postgres is away
    commit_retry_s: Seconds = 5.0
    #: grants of chances that are made, or expired, in one transaction
    chance_batch: Positive = 500
    #: grants of chances in one call of many, and the bytes of its body
    chances_per_call: Positive = 10_000
    batch_body_bytes: Positive = 8 * 1024 * 1024
    #: a stopped spin that its own node has not completed is completed by another after this long
    spin_overdue_s: Seconds = 1.5

    #: a server seed in use for so many days makes way for the next between two plays, and can be checked from then on
    fairness_epoch_max_days: Positive = 30

    #: plays this old are looked through for what no person and no luck does; a wheel turns for 60 s at most
    play_watch_behind_s: Seconds = 70.0
    #: how often, a half earlier or later, and how many plays of a tenant in one transaction
    play_watch_every_s: Seconds = 10.0
    play_watch_batch: Positive = 500
    #: of the times from a wheel's stop to the player's next spin, so many of the newest make a rhythm
    rhythm_reactions: Annotated[int, msgspec.Meta(ge=10, le=1000)] = 100
    #: the middle half's width by the median; less raises an alert
    rhythm_spread: Share = 0.07
    #: this share of spins, begun within so many milliseconds of the stop, raises an alert too
    rhythm_instant_share: Share = 0.9
    rhythm_instant_ms: Positive = 50
    #: an alert is raised when other odds explain a win rate so many times better: of honest ones one in so many, ever
    win_rate_evidence: Annotated[float, msgspec.Meta(gt=1)] = 1e6

    #: a connection's first request must have come whole within this time, and each further one from its first byte on
    request_timeout_s: Seconds = 30.0
    #: a request's line and headers are read no further than about so many bytes
    head_bytes: Positive = 64 * 1024
    #: a websocket must say `connect` within this time
    connect_timeout_s: Seconds = 5.0
    #: a ticket opens its event stream within this time
    ticket_s: Seconds = 30.0
    #: an expired token may be refreshed for this long
    expiry_grace_s: Seconds = 30.0
    #: a node that was told nothing looks this often whether tokens of those connected have been revoked
    revocation_check_s: Seconds = 0.5
    #: a websocket that has been quiet is pinged, and an event stream sent a comment, this often
    ping_interval_s: Seconds = 25.0
    #: a websocket that has not answered a ping for this long is closed
    ping_timeout_s: Seconds = 10.0
    #: bytes of a client's frame
    frame_bytes: Positive = 16 * 1024
    #: bytes that may wait for a slow reader
    queued_bytes: Positive = 256 * 1024
    #: bytes the kernel may hold for a slow reader
    send_buffer_bytes: Positive = 64 * 1024
    #: tickets of a raffle that may be bought at once
    raffle_tickets_at_once: Positive = 100
    #: websockets and event streams of one user, over all nodes; one more, and the oldest goes
    connections_per_user: Positive = 64
    #: websockets and event streams of one tenant, over all nodes; one more is refused
    connections_per_tenant: Positive = 100_000
    #: channels that one websocket may listen to
    channels_per_connection: Positive = 64
    #: commands a connection may send in a second, over a burst of twice as many
    commands_per_second: Positive = 50
    #: over all nodes and connections, a second: a user's commands, and their spins (by REST too) among them
    user_commands_per_second: Positive = 200
    user_spins_per_second: Positive = 50
    #: REST calls that change something, of one user or key
    user_writes_per_second: Positive = 1000
    #: commands, and REST calls that change something, from one address; `connect`s among them
    address_commands_per_second: Positive = 10_000
    address_connects_per_second: Positive = 2000
    #: the same of a whole tenant
    tenant_commands_per_second: Positive = 50_000
    #: seconds' worth of those that may come at once after a rest
    rate_burst_s: Seconds = 2.0
    #: proxies whose X-Forwarded-For is believed: addresses or networks, comma-separated; else the socket's peer counts
    trusted_proxies: str = ""
    #: commands told `rate_limited`, with no second of quiet between them, before the connection is closed
    rate_limited_before_close: Positive = 100
    #: commands of one connection that may be under way at once
    commands_under_way: Positive = 64
    #: who comes and goes is told to the other nodes this often, and a node that is silent this long is taken for dead
    presence_flush_s: Seconds = 0.2
    presence_ttl_s: Seconds = 15.0
    #: how long a draining node's clients are spread over
    drain_s: Seconds = 5.0

    #: kept events of a channel that can be recovered
    history_events: Positive = 200
    #: how long a kept event can be recovered
    history_s: Positive = 300
    #: how long the answer to a call with an `Idempotency-Key` is known
    idempotency_h: Annotated[int, msgspec.Meta(ge=48, le=24 * 366)] = 48
    #: bytes of an operator's message to many, with its data
    message_bytes: Positive = 4 * 1024
    #: tenants that metrics name, the busiest; the rest are told together as `other`
    metrics_tenants: Positive = 20
    #: body of a REST call
    body_bytes: Positive = 1024 * 1024
    #: life of a token made by `wheelhouse token` and by the demo sign-in
    token_s: Positive = 12 * 3600

    @property
    def embedded(self) -> bool:
        """Whether this server brings its own Postgres and Redis."""
        return self.database_url is None and self.redis_url is None

    @property
    def fairness_epoch_max_age(self) -> timedelta:
        """How long a server seed is drawn from."""
        return timedelta(days=self.fairness_epoch_max_days)

    @property
    def retry_delays(self) -> list[float]:
        """Seconds to wait after each failed attempt."""
        return [float(text) for text in self.retry_delays_s.split(",")]

    @property
    def demo_mode(self) -> bool:
        """Whether the demo tenants and their sign-in are offered."""
        return self.embedded if self.demo is None else self.demo


_BARE = {"database_url": "DATABASE_URL", "database_migration_url": "DATABASE_MIGRATION_URL", "redis_url": "REDIS_URL"}


def variable(field: str) -> str:
    """The environment variable of a settings field."""
    return _BARE.get(field, f"WHEELHOUSE_{field.upper()}")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises `SettingsError` naming every variable that does not fit."""
    source = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    faults: list[str] = []
    for field, kind in get_type_hints(Settings, include_extras=True).items():
        text = source.get(variable(field))
        if text is None or text == "":
            continue
        try:
            given[field] = Path(text) if kind is Path else msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError as error:
            faults.append(f"{variable(field)}={text!r}: {error}")
    settings = Settings(**given)
    if (settings.database_url is None) != (settings.redis_url is None):
        faults.append("Set both DATABASE_URL and REDIS_URL, or neither (then both are embedded).")
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def tracing_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether traces are to be sent, by the standard's own variables (OpenTelemetry, SDK configuration)."""
    source = os.environ if environment is None else environment
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    off = source.get("OTEL_SDK_DISABLED", "").lower() == "true" or source.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(source.get(one) for one in endpoints)


def export(settings: Settings) -> None:
    """Put settings into the environment, from which the workers of this process read them."""
    for field, value in msgspec.structs.asdict(settings).items():
        if value is not None:
            os.environ[variable(field)] = str(value)
