"""A node: everything that it consists of, built here once from its settings, and its life."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import httpx

from channels import policy
from channels.board import RankedBoards
from channels.broker import Broker
from channels.buckets import Buckets
from channels.channel import Channel
from channels.connections import CONNECTED, Connections
from channels.hub import Hub
from channels.keepalive import Keepalive
from channels.policy import HistoryLimits, Policy
from channels.presence import Presence
from games.messages.events import EVENT_KINDS
from games.tournament import BOARD_KEY_BYTES
from persistence import plays as plays_of
from persistence.database import Database
from persistence.jobs import DELIVER_REWARD, EXPIRE_CLAIM, SEND_WEBHOOK, SETTLE_STAKE, put_back_lost
from persistence.raffle_tickets import let_go_overdue
from persistence.vault import Vault, vault_from
from persistence.workers import Workers
from server import demo
from server.api.idempotency import KeyedCalls
from server.auth.revoking import NODES, Revocations
from server.auth.tenants import Tenants
from server.auth.tickets import Tickets
from server.background import repeat
from server.leaving import before_stopping
from server.live.ending import Ending
from server.live.seeing import RESULT, Seen
from server.live.service import LiveService
from server.live.snapshots import Desks, channel_kinds, operator_channel
from server.live.streams import Streams
from server.live.subscriptions import Subscriptions
from server.live.turntable import Turning, Turntable
from server.metrics import NodeMeasures
from server.pace import Pace
from server.play.alerts import Alerts
from server.play.announcements import Announcements
from server.play.chances import Chances
from server.play.clock import Clock
from server.play.engines import Engines
from server.play.history import History
from server.play.jackpot import Jackpots
from server.play.jackpot_tickets import JackpotTickets
from server.play.leaderboard import Leaderboards
from server.play.lobby import Lobby
from server.play.outbox import Relay
from server.play.raffle_tickets import RaffleTickets
from server.play.raffles import Raffles
from server.play.seeds import Seeds
from server.play.simulation import Simulations
from server.play.sweeper import complete_overdue, keep_house
from server.play.telling import Teller
from server.play.templates import Templates
from server.play.tournament import Tournaments
from server.play.versions import Versions
from server.play.visits import Visits
from server.play.voids import Voids
from server.play.watching import PlayWatch
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
from server.settings import Settings
from server.webhooks.calling import SignedCalls
from server.webhooks.hooks import Webhooks
from server.webhooks.outside import outside_client
from server.webhooks.sending import Sender

if TYPE_CHECKING:
    from server.tracing import Tracer

#: Partitions are made three months ahead, so this leaves time for many failures.
HOUSEKEEPING_EVERY_S = 6 * 3600.0


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
    chances: Chances
    simulations: Simulations
    history: History
    voids: Voids
    relay: Relay
    boards: RankedBoards
    leaderboards: Leaderboards
    tournaments: Tournaments
    jackpots: Jackpots
    jackpot_tickets: JackpotTickets
    raffles: Raffles
    raffle_tickets: RaffleTickets
    wheels: Wheels
    engines: Engines
    templates: Templates
    announcements: Announcements
    alerts: Alerts
    play_watch: PlayWatch
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
    connections: Connections
    pace: Pace

    def begin(self) -> list[asyncio.Task[None]]:
        """Begin what the node does by itself, again and again."""
        settings = self.settings
        forever: dict[str, Coroutine[None, None, None]] = {
            "seeing": self.seen.follow_forever(),
            "ending tokens": self.ending.watch_forever(),
            "buckets": self.pace.buckets.sweep_forever(),
        }
        by_itself: dict[str, tuple[Callable[[], Awaitable[object]], float, float]] = {
            "spins": (partial(complete_overdue, self.database, self.play, settings.spin_overdue_s), 0.5, 1.5),
            "wheels": (self.clock.move_wheels, 0.5, 1.5),
            "chances": (self.chances.expire_due, 1, 3),
            "jackpots": (self.clock.lock_jackpots, 0.5, 1.5),
            "raffles": (self.clock.move_raffles, 0.5, 1.5),
            "raffle tickets": (partial(let_go_overdue, self.database), 1, 3),
            "tournaments": (self.clock.move_tournaments, 0.5, 1.5),
            "play watch": (self.play_watch.look, settings.play_watch_every_s / 2, settings.play_watch_every_s * 1.5),
            "outbox": (self.relay.sweep, 1, 3),
            "rewards": (partial(put_back_lost, self.database, DELIVER_REWARD), 2, 4),
            "stakes": (partial(put_back_lost, self.database, SETTLE_STAKE), 2, 4),
            "webhooks": (partial(put_back_lost, self.database, SEND_WEBHOOK), 2, 4),
            "housekeeping": (partial(keep_house, self.database), HOUSEKEEPING_EVERY_S, 2 * HOUSEKEEPING_EVERY_S),
        }
        forever |= {what: repeat(what, *how) for what, how in by_itself.items()}
        return [asyncio.create_task(work, name=what) for what, work in forever.items()]

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
    connections: Connections

    def on_signal(channel: Channel, payload: bytes) -> None:
        if channel == NODES:
            ending.on_signal(payload)
        elif channel == CONNECTED:
            connections.on_signal(payload)
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
    relay = Relay(database, broker)
    play = WheelPlay(settings, database, vault, versions, teller, turntable, relay, welcome)
    lobby = Lobby(database, versions)
    visits = Visits(database, teller.chances, welcome)
    boards = RankedBoards(settings.redis_url, BOARD_KEY_BYTES)
    leaderboards = Leaderboards(database, boards, broker)
    tournaments = Tournaments(settings, database, leaderboards, relay)
    jackpots = Jackpots(database, relay)
    raffles = Raffles(database, vault, relay)
    wheels = Wheels(database, lobby, relay)
    alerts = Alerts(database, relay)
    paying = _paying(settings, database, vault, versions, teller, relay)
    kinds = channel_kinds(database, play, teller, turntable, Desks(lobby, tournaments, leaderboards, jackpots, raffles))
    kinds["operator"] = operator_channel(alerts)
    presence = Presence(broker, flush_s=settings.presence_flush_s, ttl_s=settings.presence_ttl_s)
    connections = Connections(
        broker,
        per_user=settings.connections_per_user,
        flush_s=settings.presence_flush_s,
        ttl_s=settings.presence_ttl_s,
    )
    subscriptions = Subscriptions(settings, broker, hub, kinds, seen, presence, connections)
    pace = Pace(settings, Buckets(broker))
    live_service = LiveService(settings, tenants, play, subscriptions, keepalive, seen, pace, connections)
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
        seeds=Seeds(database, vault, settings.fairness_epoch_max_age),
        visits=visits,
        chances=Chances(database, teller, settings.chance_batch),
        simulations=Simulations(database),
        history=History(database, versions, teller),
        voids=Voids(settings, database, versions, relay),
        relay=relay,
        boards=boards,
        leaderboards=leaderboards,
        tournaments=tournaments,
        jackpots=jackpots,
        jackpot_tickets=paying.jackpot_tickets,
        raffles=raffles,
        raffle_tickets=paying.raffle_tickets,
        wheels=wheels,
        engines=Engines(database, relay),
        templates=Templates(database),
        announcements=Announcements(database, relay),
        alerts=alerts,
        play_watch=PlayWatch(settings, database, versions, alerts, relay),
        keyed_calls=KeyedCalls(settings, database),
        clock=Clock(database, tournaments, leaderboards, jackpots, raffles, wheels),
        deliveries=paying.deliveries,
        claims=paying.claims,
        wallet_choice=WalletChoice(settings, database, vault),
        books=Books(database),
        stakes=paying.stakes,
        outside=paying.outside,
        webhooks=paying.webhooks,
        workers=paying.workers,
        live_service=live_service,
        measures=NodeMeasures(live_service, hub, broker, settings.metrics_tenants),
        revocations=Revocations(database, broker),
        ending=ending,
        streams=Streams(live_service, broker),
        tickets=Tickets(broker, tenants, settings.ticket_s, database.now),
        keepalive=keepalive,
        seen=seen,
        presence=presence,
        connections=connections,
        pace=pace,
    )


class _Paying(NamedTuple):
    """What follows a result, and what a ticket costs."""

    outside: httpx.AsyncClient
    webhooks: Webhooks
    stakes: Stakes
    jackpot_tickets: JackpotTickets
    raffle_tickets: RaffleTickets
    deliveries: Deliveries
    claims: Claims
    workers: Workers


def _paying(
    settings: Settings, database: Database, vault: Vault, versions: Versions, teller: Teller, relay: Relay
) -> _Paying:
    assert settings.database_url is not None
    outside = outside_client(private=settings.webhook_private, timeout_s=settings.platform_timeout_s)
    calls = SignedCalls(outside, vault, settings.platform_timeout_s)
    webhooks = Webhooks(settings, database, vault, Sender(calls))
    wallets: dict[str, Wallet] = {"http": HttpWallet(database, calls), "ledger": LedgerWallet(database)}
    stakes = Stakes(settings, database, wallets)
    tickets = JackpotTickets(database, stakes, relay)
    stakes.on_given_back["jackpot"] = tickets.given_back
    raffle_tickets = RaffleTickets(settings, database, stakes, relay)
    stakes.on_given_back["raffle"] = raffle_tickets.given_back
    deliveries = Deliveries(settings, database, _payers(database, wallets, webhooks), relay)
    claims = Claims(database, versions, teller, relay)
    workers = Workers(
        settings.database_url,
        {
            DELIVER_REWARD.name: deliveries.deliver,
            EXPIRE_CLAIM: claims.expire,
            SEND_WEBHOOK.name: webhooks.work,
            SETTLE_STAKE.name: stakes.heal,
        },
        at_once=settings.jobs_at_once,
        of_slow_tenant=settings.slow_tenant_jobs_at_once,
        lost_s=settings.worker_lost_s,
    )
    return _Paying(outside, webhooks, stakes, tickets, raffle_tickets, deliveries, claims, workers)


def _payers(database: Database, wallets: Mapping[str, Wallet], webhooks: Webhooks) -> dict[str, Payer]:
    """Every way a reward can take."""
    by_wallet: dict[str, Payer] = {adapter: WalletPayer(database, wallet) for adapter, wallet in wallets.items()}
    return {**by_wallet, "webhook": WebhookPayer(webhooks)}


@asynccontextmanager
async def running(settings: Settings, tracer: "Tracer | None") -> AsyncIterator[Node]:
    """A node's life: built, run, drained, closed."""
    node = await build(settings, tracer)
    await node.broker.start()
    await node.boards.start()
    node.turntable.start()
    node.keepalive.start()
    node.presence.start()
    node.connections.start()
    background = node.begin()
    node.workers.start()
    try:
        with before_stopping(node.leave):
            yield node
    finally:
        await node.leave()
        await node.presence.close()
        await node.connections.close()
        await node.workers.stop(settings.platform_timeout_s)
        await node.outside.aclose()
        await node.keepalive.close()
        for work in background:
            work.cancel()
        await node.play.drain()
        await node.turntable.close()
        await node.play.drain()
        await node.tournaments.drain()
        await node.relay.drain()
        await node.chances.drain()
        await node.boards.close()
        await node.broker.close()
        await node.database.close()
        if tracer is not None:
            await tracer.close()
