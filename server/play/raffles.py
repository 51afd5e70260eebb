"""Raffles as operators run them and players follow them: made, committed to, put on sale, closed, cancelled."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection

from games.errors import BadRequest, Conflict, NotFound
from games.fairness import server_seed_hash
from games.lifecycles import CAMPAIGN
from games.messages.events import GameMoved
from games.messages.raffles import RaffleDrawView, RaffleSnapshot, RaffleView
from games.raffle_sale import DRAWING, Commitment, PlannedDraw, campaign_faults
from persistence import audit, outbox, raffle_tickets, raffles
from persistence.database import Database
from persistence.raffles import RaffleRow, SealedDraw
from persistence.vault import Vault
from server.moments import wire_time
from server.play import raffle_views as shown
from server.play.game_moves import tell_moved, tell_raffle_tickets
from server.play.outbox import Relay

#: What players see; a draft is the operator's alone.
PUBLIC_STATUSES = tuple(status for status in CAMPAIGN.statuses if status != "draft")
#: Who moves a raffle whose time has come.
CLOCK = "wheelhouse"

_GAME_EVENTS = {"on_sale": "game.opened", "closed": "game.closed", "cancelled": "game.closed"}


@dataclass(frozen=True, slots=True)
class ShownRaffle:
    """A raffle with its draws."""

    id: UUID
    row: RaffleRow
    view: RaffleView
    draws: list[RaffleDrawView]


def sealed_draw(vault: Vault, tenant_id: UUID, draw_id: UUID) -> SealedDraw:
    """What a draw is committed to: a seed of the operating system's randomness, its hash, and a salt for the list."""
    server_seed = secrets.token_hex(32)
    return SealedDraw(
        draw_id,
        vault.seal(tenant_id, server_seed.encode("ascii")),
        vault.seal(tenant_id, secrets.token_bytes(32)),
        Commitment(server_seed_hash(server_seed)),
    )


class Raffles:
    """The use-cases of raffles, for one node."""

    def __init__(self, database: Database, vault: Vault, relay: Relay) -> None:
        self._database = database
        self._vault = vault
        self._relay = relay

    # -- reading

    async def page(
        self, tenant_id: UUID, *, status: str | None, drafts: bool, after: UUID | None, limit: int
    ) -> list[ShownRaffle]:
        """Raffles, newest first."""
        wanted = [one for one in (CAMPAIGN.statuses if drafts else PUBLIC_STATUSES) if status is None or one == status]
        async with self._database.tenant(tenant_id) as connection:
            rows = await raffles.page(connection, tenant_id, statuses=wanted, after=after, limit=limit)
            return await self._shown(connection, tenant_id, rows)

    async def read(self, tenant_id: UUID, raffle_id: UUID, *, drafts: bool) -> ShownRaffle:
        """One raffle; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            return await self._read(connection, tenant_id, raffle_id, drafts=drafts)

    async def snapshot(self, tenant_id: UUID, raffle_id: UUID, *, drafts: bool) -> RaffleSnapshot:
        """The channel `raffle:<id>`; raises `NotFound`."""
        found = await self.read(tenant_id, raffle_id, drafts=drafts)
        return RaffleSnapshot(found.view, found.draws, shown.sold(found.row), wire_time(self._database.now()))

    async def _read(
        self, connection: Connection, tenant_id: UUID, raffle_id: UUID, *, drafts: bool = True
    ) -> ShownRaffle:
        row = await raffles.by_id(connection, tenant_id, raffle_id)
        if row is None or not (drafts or row.campaign_status in PUBLIC_STATUSES):
            raise NotFound("There is no such raffle.")
        return (await self._shown(connection, tenant_id, [row]))[0]

    async def _shown(self, connection: Connection, tenant_id: UUID, rows: Sequence[RaffleRow]) -> list[ShownRaffle]:
        draws = await raffles.draws(connection, tenant_id, [row.id for row in rows])
        return [
            ShownRaffle(row.id, row, shown.raffle_view(row), [shown.draw_view(one) for one in draws[row.id]])
            for row in rows
        ]

    # -- what operators do

    async def make(
        self, tenant_id: UUID, values: dict[str, Any], draws: Sequence[PlannedDraw], actor: str
    ) -> ShownRaffle:
        """Make a draft out of the columns that an operator sets, and its draws; `BadRequest` names every fault."""
        faults = campaign_faults(
            start_time=values["start_time"],
            end_time=values["end_time"],
            campaign_type=values["campaign_type"],
            ticket_price=values["ticket_price"],
            total_tickets=values["total_tickets"],
            config=values["campaign_config"],
            draws=draws,
        )
        if faults:
            raise BadRequest("The raffle does not fit: every fault is listed.", faults=faults)
        async with self._database.tenant(tenant_id) as connection:
            raffle_id = await raffles.add(connection, tenant_id, values, draws)
            made = await self._read(connection, tenant_id, raffle_id)
            await audit.record(
                connection, tenant_id, actor, "raffle.made", "raffle_campaigns", raffle_id, [made.view, made.draws]
            )
        return made

    async def move(
        self,
        tenant_id: UUID,
        raffle_id: UUID,
        to: str,
        actor: str,
        reason: str | None = None,
        *,
        when_due: bool = False,
    ) -> ShownRaffle:
        """Move a raffle on. A move by hand before its time moves that time: the sale opens, or closes, now.

        `committed` makes and publishes what the draws are committed to. `when_due`: refuse the move before its time.
        Raises `NotFound`, `Conflict`.
        """
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, raffle_id)
            CAMPAIGN.check(before.campaign_status, to)
            if to in DRAWING:
                raise Conflict(f"A raffle becomes {to} by its draws, which this version does not make yet.")
            now = await self._database.deciding_time(connection)
            times = _times(before, to, now, when_due=when_due)
            if to == "committed":
                await self._commit(connection, tenant_id, raffle_id)
            await raffles.move(connection, tenant_id, raffle_id, before.row_version, to, times)
            if to == "cancelled":
                await self._void_tickets(connection, tenant_id, before)
            after = await self._read(connection, tenant_id, raffle_id)
            await outbox.add(
                connection, tenant_id, f"raffle:{raffle_id}", "raffle.status", shown.moved(after.row, reason)
            )
            if before.campaign_status != "draft" or to == "committed":
                game = GameMoved("raffle", raffle_id, after.row.campaign_name, to)
                await tell_moved(connection, tenant_id, _GAME_EVENTS.get(to, "game.changed"), game)
            await audit.record(
                connection,
                tenant_id,
                actor,
                "raffle.moved",
                "raffle_campaigns",
                raffle_id,
                {"campaign_status": to, "reason": reason, "draws": after.draws},
                {"campaign_status": before.campaign_status},
            )
        self._relay.wake(tenant_id)
        return after

    async def move_by_clock(self, tenant_id: UUID, raffle_id: UUID, to: str) -> None:
        """Open or close the sale of a raffle whose time has come."""
        await self.move(tenant_id, raffle_id, to, CLOCK, when_due=True)

    async def _commit(self, connection: Connection, tenant_id: UUID, raffle_id: UUID) -> None:
        """Commit to every draw's seed before anybody can have a ticket."""
        draws = (await raffles.draws(connection, tenant_id, [raffle_id]))[raffle_id]
        if not draws:
            raise Conflict("A raffle without a draw cannot be sold. Make it with one draw at least.")
        await raffles.commit_draws(
            connection, tenant_id, [sealed_draw(self._vault, tenant_id, draw["id"]) for draw in draws]
        )

    async def _void_tickets(self, connection: Connection, tenant_id: UUID, row: RaffleRow) -> None:
        """Their stakes go back by jobs, each once."""
        gone = await raffle_tickets.void_all(connection, tenant_id, row.id, self._database.clock_offset)
        if gone:
            version = await raffles.set_sold(connection, tenant_id, row.id, 0)
            told = shown.sold_at(row, 0, version)
            await outbox.add(connection, tenant_id, f"raffle:{row.id}", "raffle.sold", told, version)
        await tell_raffle_tickets(connection, tenant_id, [shown.ticket_view(one) for one in gone])

    async def _lock(self, connection: Connection, tenant_id: UUID, raffle_id: UUID) -> RaffleRow:
        row = await raffles.lock(connection, tenant_id, raffle_id)
        if row is None:
            raise NotFound("There is no such raffle.")
        return row


def _times(row: RaffleRow, to: str, now: datetime, *, when_due: bool) -> dict[str, datetime]:
    """The times that a move by hand moves; raises `Conflict` for a move by the clock before its time, and too late."""
    if to == "on_sale" and now >= row.end_time:
        raise Conflict("The time of this raffle's sale is over. Nothing can be sold any more: cancel it.")
    due = {"on_sale": row.start_time, "closed": row.end_time}.get(to)
    if when_due:
        if due is not None and due > now:
            raise Conflict("The raffle moves later by now.")
        return {}
    if to == "on_sale" and row.start_time > now:
        return {"start_time": now}
    if to == "closed" and row.end_time > now:
        return {"end_time": max(now, row.start_time)} if now > row.start_time else {}
    return {}
