"""The composition root: everything a node consists of is built here, once, from its settings."""

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import httpx
import structlog
from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from channels import policy
from channels.board import RankedBoards
from channels.broker import Broker
from channels.buckets import Buckets
from channels.channel import Channel
from channels.hub import Hub
from channels.keepalive import Keepalive
from channels.policy import HistoryLimits, Policy
from channels.presence import Presence
from games.messages.events import EVENT_KINDS
from games.tournament import BOARD_KEY_BYTES
from persistence import plays as plays_of
from persistence.database import Database
from persistence.vault import Vault, vault_from
from persistence.workers import Workers
from server import demo
from server.api.access import count_write, provide_caller
from server.api.announcements import AnnouncementController
from server.api.chances import ChanceController
from server.api.events import EventController
from server.api.health import live_check, ready_check
from server.api.idempotency import KeyedCalls
from server.api.jackpots import JackpotController
from server.api.ledger import LedgerController
from server.api.pages import SECURITY_HEADERS, page_handlers
from server.api.play_figures import PlayFiguresController
from server.api.problems import HANDLERS
from server.api.results import ResultController
from server.api.revocations import RevocationController
from server.api.rewards import RewardController
from server.api.simulations import SimulationController
from server.api.site import SiteController
from server.api.spins import SpinController
from server.api.tenants import TenantController
from server.api.tournaments import TournamentController
from server.api.wallet import WalletController
from server.api.webhooks import WebhookController, WebhookEndpointController
from server.api.wheels import WheelController
from server.asyncapi import asyncapi_document
from server.auth.revoking import NODES, Revocations
from server.auth.tenants import Tenants
from server.auth.tickets import Tickets
from server.errors import CannotServeError
from server.leaving import before_stopping
from server.live.ending import Ending
from server.live.endpoint import live
from server.live.seeing import RESULT, Seen
from server.live.service import LiveService
from server.live.snapshots import channel_kinds
from server.live.streams import Streams
from server.live.subscriptions import Subscriptions
from server.live.turntable import Turning, Turntable
from server.metrics import NodeMeasures, metrics_endpoint
from server.pace import Pace
from server.play.announcements import Announcements
from server.play.clock import Clock
from server.play.history import History
from server.play.jackpot import Jackpots
from server.play.leaderboard import Leaderboards
from server.play.lobby import Lobby
from server.play.outbox import Relay
from server.play.seeds import Seeds
from server.play.simulation import Simulations
from server.play.sweeper import keep_house, sweep_forever
from server.play.telling import Teller
from server.play.tournament import Tournaments
from server.play.versions import Versions
from server.play.visits import Visits
from server.play.wheel import WheelPlay
from server.play.wheels import Wheels
from server.rewards.books import Books
from server.rewards.choosing import WalletChoice
from server.rewards.claims import Claims
from server.rewards.delivery import Deliveries, Payer, WalletPayer, WebhookPayer
from server.rewards.http_wallet import HttpWallet
from server.rewards.ledger_wallet import LedgerWallet
from server.rewards.stakes import Stakes
from server.rewards.wallet import Wallet
from server.settings import Settings, load, tracing_wanted
from server.version import VERSION
from server.webhooks.calling import SignedCalls
from server.webhooks.hooks import Webhooks
from server.webhooks.outside import outside_client
from server.webhooks.sending import Sender

if TYPE_CHECKING:
    from server.tracing import Tracer

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Node:
    """The parts of a running node, as routes are given them."""

    settings: Settings
    database: Database
    vault: Vault
    tenants: Tenants
    hub: Hub
    broker: Broker
    play: WheelPlay
    turntable: Turntable
    lobby: Lobby
    seeds: Seeds
    visits: Visits
    simulations: Simulations
    history: History
    relay: Relay
    boards: RankedBoards
    leaderboards: Leaderboards
    tournaments: Tournaments
    jackpots: Jackpots
    wheels: Wheels
    announcements: Announcements
    keyed_calls: KeyedCalls
    clock: Clock
    deliveries: Deliveries
    claims: Claims
    wallet_choice: WalletChoice
    books: Books
    stakes: Stakes
    outside: httpx.AsyncClient
    webhooks: Webhooks
    workers: Workers
    live_service: LiveService
    measures: NodeMeasures
    streams: Streams
    tickets: Tickets
    revocations: Revocations
    ending: Ending
    keepalive: Keepalive
    seen: Seen
    presence: Presence
    pace: Pace

    async def leave(self) -> None:
        """Let all clients go, and finish what has been begun; spins that turn on after the drain period are others'."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.settings.drain_s
        await self.live_service.drain(self.settings.drain_s)
        await self.play.drain()
        await self.turntable.rest(end - loop.time())


async def build(settings: Settings, tracer: "Tracer | None") -> Node:
    """Build and start a node's parts. `settings` names a Postgres that is migrated, and a Redis."""
    assert settings.database_url is not None and settings.redis_url is not None
    vault = vault_from(settings.secret_keys, settings.data)
    database = Database(settings.database_url, pool_size=settings.database_connections)
    database.tracing = tracer
    await database.start()
    tenants = Tenants(database, vault)
    versions = Versions()
    hub = Hub()
    hub.tracing = tracer
    keepalive = Keepalive(settings.ping_interval_s, settings.ping_timeout_s)
    play: WheelPlay

    ending: Ending

    def on_signal(channel: Channel, payload: bytes) -> None:
        if channel == NODES:
            ending.on_signal(payload)
        else:
            play.on_signal(channel, payload)

    async def reveal(stopped: list[Turning]) -> None:
        await play.reveal(stopped)

    seen = Seen(partial(plays_of.mark_shown, database))
    broker = Broker(
        settings.redis_url,
        hub,
        {event: Policy(kind) for event, kind in EVENT_KINDS.items()},
        HistoryLimits(kept=policy.History(settings.history_events, settings.history_s)),
        on_signal=on_signal,
    )
    broker.on_sent[RESULT] = seen.delivered
    turntable = Turntable(
        hub,
        broker,
        database.now,
        reveal,
    )
    welcome = demo.welcome if settings.demo_mode else None
    teller = Teller(database, vault, versions, broker)
    play = WheelPlay(settings, database, vault, versions, teller, turntable, welcome)
    lobby = Lobby(database, versions)
    visits = Visits(database, teller.chances, welcome)
    relay = Relay(database, broker)
    boards = RankedBoards(settings.redis_url, BOARD_KEY_BYTES)
    leaderboards = Leaderboards(database, boards, broker)
    tournaments = Tournaments(settings, database, leaderboards, relay)
    jackpots = Jackpots(database, relay)
    wheels = Wheels(database, lobby, relay)
    outside = outside_client(private=settings.webhook_private, timeout_s=settings.platform_timeout_s)
    calls = SignedCalls(outside, vault, settings.platform_timeout_s)
    webhooks = Webhooks(settings, database, vault, Sender(calls))
    wallets: dict[str, Wallet] = {"http": HttpWallet(database, calls), "ledger": LedgerWallet(database)}
    stakes = Stakes(settings, database, wallets)
    deliveries = Deliveries(settings, database, _payers(database, wallets, webhooks), relay)
    claims = Claims(database, versions, teller, relay)
    kinds = channel_kinds(database, lobby, play, teller, turntable, tournaments, leaderboards, jackpots)
    presence = Presence(broker, flush_s=settings.presence_flush_s, ttl_s=settings.presence_ttl_s)
    subscriptions = Subscriptions(settings, broker, hub, kinds, seen, presence)
    pace = Pace(settings, Buckets(broker))
    live_service = LiveService(settings, tenants, play, subscriptions, keepalive, seen, pace)
    ending = Ending(database, tenants, live_service, settings.revocation_check_s)
    broker.follow(NODES)
    return Node(
        settings=settings,
        database=database,
        vault=vault,
        tenants=tenants,
        hub=hub,
        broker=broker,
        play=play,
        turntable=turntable,
        lobby=lobby,
        seeds=Seeds(database, vault),
        visits=visits,
        simulations=Simulations(database),
        history=History(database, versions, teller),
        relay=relay,
        boards=boards,
        leaderboards=leaderboards,
        tournaments=tournaments,
        jackpots=jackpots,
        wheels=wheels,
        announcements=Announcements(database, relay),
        keyed_calls=KeyedCalls(settings, database),
        clock=Clock(database, tournaments, leaderboards, jackpots, wheels),
        deliveries=deliveries,
        claims=claims,
        wallet_choice=WalletChoice(settings, database, vault),
        books=Books(database),
        stakes=stakes,
        outside=outside,
        webhooks=webhooks,
        workers=Workers(
            settings.database_url,
            {
                "deliver_reward": deliveries.work,
                "expire_claim": claims.expire,
                "send_webhook": webhooks.work,
                "settle_stake": stakes.work,
            },
            at_once=settings.jobs_at_once,
            lost_s=settings.worker_lost_s,
        ),
        live_service=live_service,
        measures=NodeMeasures(live_service, hub, broker, settings.metrics_tenants),
        revocations=Revocations(database, broker),
        ending=ending,
        streams=Streams(live_service, broker),
        tickets=Tickets(broker, tenants, settings.ticket_s, database.now),
        keepalive=keepalive,
        seen=seen,
        presence=presence,
        pace=pace,
    )


def _payers(database: Database, wallets: Mapping[str, Wallet], webhooks: Webhooks) -> dict[str, Payer]:
    """Every way a reward can take."""
    by_wallet: dict[str, Payer] = {adapter: WalletPayer(database, wallet) for adapter, wallet in wallets.items()}
    return {**by_wallet, "webhook": WebhookPayer(webhooks)}


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """A node's life: built, run, drained, closed."""
    settings: Settings = app.state.settings
    tracer: Tracer | None = app.state.tracer
    node = await build(settings, tracer)
    app.state.node = node
    await node.broker.start()
    await node.boards.start()
    node.turntable.start()
    node.keepalive.start()
    node.presence.start()
    seeing = asyncio.create_task(node.seen.follow_forever(), name="seeing")
    sweeper = asyncio.create_task(sweep_forever(node.database, node.play, settings.spin_overdue_s), name="sweeper")
    relaying = asyncio.create_task(node.relay.sweep_forever(), name="outbox")
    clock = asyncio.create_task(node.clock.run(), name="clock")
    working = asyncio.create_task(node.workers.run(), name="jobs")
    sweeps = [
        asyncio.create_task(work, name=name)
        for name, work in (
            ("rewards", node.deliveries.sweep_forever()),
            ("stakes", node.stakes.sweep_forever()),
            ("webhooks", node.webhooks.sweep_forever()),
            ("housekeeping", keep_house(node.database)),
            ("buckets", node.pace.buckets.sweep_forever()),
            ("ending tokens", node.ending.watch_forever()),
        )
    ]
    try:
        with before_stopping(node.leave):
            yield
    finally:
        for sweep in sweeps:
            sweep.cancel()
        await node.leave()
        await node.presence.close()
        node.workers.stop()
        await working
        await node.outside.aclose()
        await node.keepalive.close()
        seeing.cancel()
        sweeper.cancel()
        clock.cancel()
        relaying.cancel()
        await node.play.drain()
        await node.turntable.close()
        await node.play.drain()
        await node.tournaments.drain()
        await node.relay.drain()
        await node.boards.close()
        await node.broker.close()
        await node.database.close()
        if tracer is not None:
            await tracer.close()


def _part(name: str) -> Provide:
    async def provide(state: State) -> object:
        return getattr(state.node, name)

    return Provide(provide)


def create_app(settings: Settings) -> Litestar:
    """The ASGI application of one node."""
    tracer = _tracer()
    app = Litestar(
        route_handlers=[
            live,
            live_check,
            ready_check,
            metrics_endpoint,
            asyncapi_document,
            SiteController,
            EventController,
            WheelController,
            SimulationController,
            PlayFiguresController,
            TournamentController,
            JackpotController,
            AnnouncementController,
            RewardController,
            WalletController,
            LedgerController,
            ResultController,
            RevocationController,
            WebhookEndpointController,
            WebhookController,
            SpinController,
            TenantController,
            ChanceController,
            *page_handlers(),
        ],
        dependencies={
            "caller": Provide(provide_caller),
            **{part: _part(part) for part in Node.__dataclass_fields__},
        },
        lifespan=[running],
        middleware=[] if tracer is None else [tracer.middleware],
        before_request=count_write,
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Wheelhouse",
            version=VERSION,
            description="The real-time game server of betting platforms.",
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
        ),
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=6, minimum_size=500),
        request_max_body_size=settings.body_bytes,
        response_headers=SECURITY_HEADERS,
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings
    app.state.tracer = tracer
    return app


def _tracer() -> "Tracer | None":
    """Who makes spans, where the environment asks for them. Nothing of ours is loaded or called otherwise."""
    if not tracing_wanted():
        return None
    try:
        from server.tracing import Tracer  # noqa: PLC0415 - an extra that need not be installed
    except ImportError as error:
        raise CannotServeError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages that trace are not installed."
            " Run `uv sync --extra tracing`, or set OTEL_SDK_DISABLED=true."
        ) from error
    return Tracer.from_environment()


def app_from_environment() -> Litestar:
    """The application of one worker, whose supervisor has put the services' addresses into the environment."""
    threading.Thread(target=_end_with_supervisor, name="supervisor watch", daemon=True).start()
    return create_app(load())


def _end_with_supervisor() -> None:
    """A worker whose supervisor was killed stops in good order instead of listening on, alone and without services."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        supervisor.join()
        signal.raise_signal(signal.SIGTERM)
