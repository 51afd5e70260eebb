"""Jackpots as operators run them and players follow them: made, changed, moved, their pool, messages to all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg import Connection

from games import jackpot as rules
from games.errors import BadRequest, Closed, Conflict, Fault, NotFound
from games.jackpot import PlannedEvent, PlannedPrize, PoolMove
from games.lifecycles import JACKPOT
from games.messages.events import GameMoved
from games.messages.jackpots import (
    JackpotEventView,
    JackpotMessage,
    JackpotPool,
    JackpotPrizeView,
    JackpotSnapshot,
    JackpotView,
)
from persistence import audit, broadcasts, jackpot_tickets, jackpots, outbox
from persistence.broadcasts import Sent
from persistence.database import Database
from persistence.jackpots import JackpotRow
from server.moments import wire_time
from server.play import jackpot_views as shown
from server.play.game_moves import tell_moved, tell_ticket
from server.play.outbox import Relay

#: What players see; a draft is the operator's alone.
PUBLIC_STATUSES = tuple(status for status in JACKPOT.statuses if status != "draft")
#: Columns that may still change in each status; the terms stand once tickets may be bought.
_CHANGEABLE = {
    "draft": " ".join(jackpots.COLUMNS),
    "open": "jackpot_title jackpot_description jackpot_banner end_time",
    "locked": "jackpot_title jackpot_description jackpot_banner",
}
#: Who moves a jackpot whose time has come.
CLOCK = "wheelhouse"
#: Messages in a snapshot.
LAST_MESSAGES = 20
MESSAGE = "jackpot.message"


@dataclass(frozen=True, slots=True)
class ShownJackpot:
    """A jackpot with its events and prizes."""

    id: UUID
    row: JackpotRow
    view: JackpotView
    events: list[JackpotEventView]
    prizes: list[JackpotPrizeView]


class Jackpots:
    """The use-cases of jackpots, for one node."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay

    # -- reading

    async def page(
        self,
        tenant_id: UUID,
        *,
        status: str | None,
        code: str | None,
        drafts: bool,
        after: UUID | None,
        limit: int,
    ) -> list[ShownJackpot]:
        """Jackpots, newest first."""
        wanted = [one for one in (JACKPOT.statuses if drafts else PUBLIC_STATUSES) if status is None or one == status]
        async with self._database.tenant(tenant_id) as connection:
            rows = await jackpots.page(connection, tenant_id, statuses=wanted, code=code, after=after, limit=limit)
            return await self._shown(connection, tenant_id, rows)

    async def read(self, tenant_id: UUID, jackpot_id: UUID, *, drafts: bool) -> ShownJackpot:
        """One jackpot; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            return await self._read(connection, tenant_id, jackpot_id, drafts=drafts)

    async def snapshot(self, tenant_id: UUID, jackpot_id: UUID, *, drafts: bool) -> JackpotSnapshot:
        """The channel `jackpot:<id>`; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            found = await self._read(connection, tenant_id, jackpot_id, drafts=drafts)
            tickets = await jackpots.ticket_count(connection, tenant_id, jackpot_id)
            sent = await self._messages(connection, tenant_id, jackpot_id, after=None, limit=LAST_MESSAGES)
        return JackpotSnapshot(
            jackpot=found.view,
            events=found.events,
            prizes=found.prizes,
            pool=shown.pool(found.row),
            ticket_count=tickets,
            messages=[shown.message(jackpot_id, one) for one in sent],
            server_time=wire_time(self._database.now()),
        )

    async def messages(
        self, tenant_id: UUID, jackpot_id: UUID, *, drafts: bool, after: UUID | None, limit: int
    ) -> list[JackpotMessage]:
        """What operators have told those who follow the jackpot, newest first; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            await self._read(connection, tenant_id, jackpot_id, drafts=drafts)
            sent = await self._messages(connection, tenant_id, jackpot_id, after=after, limit=limit)
        return [shown.message(jackpot_id, one) for one in sent]

    async def _messages(
        self, connection: Connection, tenant_id: UUID, jackpot_id: UUID, *, after: UUID | None, limit: int
    ) -> list[Sent]:
        return await broadcasts.page(
            connection, tenant_id, event=MESSAGE, channel=f"jackpot:{jackpot_id}", after=after, limit=limit
        )

    async def _read(
        self, connection: Connection, tenant_id: UUID, jackpot_id: UUID, *, drafts: bool = True
    ) -> ShownJackpot:
        row = await jackpots.by_id(connection, tenant_id, jackpot_id)
        if row is None or not (drafts or row.jackpot_status in PUBLIC_STATUSES):
            raise NotFound("There is no such jackpot.")
        return (await self._shown(connection, tenant_id, [row]))[0]

    async def _shown(self, connection: Connection, tenant_id: UUID, rows: Sequence[JackpotRow]) -> list[ShownJackpot]:
        ids = [row.id for row in rows]
        events = await jackpots.events(connection, tenant_id, ids)
        prizes = await jackpots.prizes(connection, tenant_id, ids)
        return [
            ShownJackpot(
                row.id,
                row,
                shown.jackpot_view(row),
                [shown.event_view(event) for event in events[row.id]],
                [shown.prize_view(prize) for prize in prizes[row.id]],
            )
            for row in rows
        ]

    # -- what operators do

    async def make(
        self,
        tenant_id: UUID,
        values: Mapping[str, Any],
        events: Sequence[PlannedEvent],
        prizes: Sequence[PlannedPrize],
        actor: str,
    ) -> ShownJackpot:
        """Make a draft; raises `BadRequest` with every fault, `Conflict` when its code is taken."""
        async with self._database.tenant(tenant_id) as connection:
            currency = await jackpots.currency(connection, tenant_id)
            placed = rules.placed(events)
            _refuse(
                rules.term_faults(values, currency) + rules.event_faults(placed) + rules.prize_faults(prizes, currency)
            )
            locks_at = rules.locks_at(values["end_time"], placed)
            jackpot_id = await jackpots.add(connection, tenant_id, dict(values), locks_at, actor)
            await jackpots.set_events(connection, tenant_id, jackpot_id, placed)
            await jackpots.set_prizes(connection, tenant_id, jackpot_id, prizes)
            made = await self._read(connection, tenant_id, jackpot_id)
            whole = {"jackpot": made.view, "events": made.events, "prizes": made.prizes}
            await audit.record(connection, tenant_id, actor, "jackpot.made", "jackpot_games", jackpot_id, whole)
        return made

    async def change(
        self, tenant_id: UUID, jackpot_id: UUID, values: Mapping[str, Any], row_version: int, actor: str
    ) -> ShownJackpot:
        """Change columns. Raises `NotFound`, `Conflict` (stale, or not in this status), `BadRequest`."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, jackpot_id)
            allowed = _CHANGEABLE.get(before.jackpot_status, "").split()
            if fixed := [name for name in values if name not in allowed]:
                raise Conflict(f"The jackpot is {before.jackpot_status}; {', '.join(fixed)} can change no more.")
            merged = {name: values.get(name, getattr(before, name)) for name in ("start_time", "end_time")}
            _refuse(rules.term_faults({**values, **merged}, before.currency))
            changes = dict(values)
            if "end_time" in values:
                events = (await jackpots.events(connection, tenant_id, [jackpot_id]))[jackpot_id]
                changes["locks_at"] = rules.locks_at(
                    values["end_time"], [shown.planned_event(event) for event in events]
                )
            await jackpots.change(connection, tenant_id, jackpot_id, row_version, changes)
            after = await self._read(connection, tenant_id, jackpot_id)
            if before.jackpot_status != "draft":
                await self._tell_tenant(connection, tenant_id, after.row, "game.changed")
                if after.row.locks_at != before.locks_at:
                    await self._tell_moved(connection, tenant_id, after.row, None)
            old = shown.jackpot_view(before)
            await audit.record(
                connection, tenant_id, actor, "jackpot.changed", "jackpot_games", jackpot_id, after.view, old
            )
        self._relay.wake(tenant_id)
        return after

    async def set_events(
        self, tenant_id: UUID, jackpot_id: UUID, events: Sequence[PlannedEvent], actor: str
    ) -> ShownJackpot:
        """Replace a draft's events, all at once. Raises `NotFound`, `Conflict`, `BadRequest`."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock_draft(connection, tenant_id, jackpot_id, "events")
            placed = rules.placed(events)
            _refuse(rules.event_faults(placed))
            await jackpots.set_events(connection, tenant_id, jackpot_id, placed)
            locks_at = {"locks_at": rules.locks_at(before.end_time, placed)}
            await jackpots.change(connection, tenant_id, jackpot_id, before.row_version, locks_at)
            after = await self._read(connection, tenant_id, jackpot_id)
            await audit.record(
                connection, tenant_id, actor, "jackpot.events", "jackpot_games", jackpot_id, after.events
            )
        return after

    async def set_prizes(
        self, tenant_id: UUID, jackpot_id: UUID, prizes: Sequence[PlannedPrize], actor: str
    ) -> ShownJackpot:
        """Replace a draft's prizes, all at once. Raises `NotFound`, `Conflict`, `BadRequest`."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock_draft(connection, tenant_id, jackpot_id, "prizes")
            _refuse(rules.prize_faults(prizes, before.currency))
            await jackpots.set_prizes(connection, tenant_id, jackpot_id, prizes)
            await jackpots.change(connection, tenant_id, jackpot_id, before.row_version, {})
            after = await self._read(connection, tenant_id, jackpot_id)
            await audit.record(
                connection, tenant_id, actor, "jackpot.prizes", "jackpot_games", jackpot_id, after.prizes
            )
        return after

    async def move(
        self,
        tenant_id: UUID,
        jackpot_id: UUID,
        to: str,
        actor: str,
        reason: str | None = None,
        *,
        when_due: bool = False,
    ) -> ShownJackpot:
        """Move a jackpot on. A move by hand before its time moves that time: it starts, or locks, now.

        `when_due`: refuse it before its time. Opening puts the seed into the pool. Raises `NotFound`, `Conflict`.
        """
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, jackpot_id)
            JACKPOT.check(before.jackpot_status, to)
            if to in rules.SETTLEMENT:
                raise Conflict(f"A jackpot becomes {to} by its results, which this version does not take yet.")
            now = await self._database.deciding_time(connection)
            if when_due and before.locks_at > now:
                raise Conflict("The jackpot locks later by now.")
            if to == "open":
                await self._check_opening(connection, tenant_id, before, now)
            values = {"jackpot_status": to, **_times(before, to, now)}
            await jackpots.change(connection, tenant_id, jackpot_id, before.row_version, values)
            if to == "open" and (seed := Decimal(before.config.seed_amount)):
                await jackpots.set_pool(
                    connection, tenant_id, jackpot_id, PoolMove(add=f"{seed:f}").moved("draft", before.pool_amount)
                )
            after = await self._read(connection, tenant_id, jackpot_id)
            if after.row.pool_version != before.pool_version:
                await self._tell_pool(connection, tenant_id, after.row)
            await self._tell_moved(connection, tenant_id, after.row, reason)
            if to == "cancelled":
                await self._void_tickets(connection, tenant_id, jackpot_id)
            if before.jackpot_status != "draft" or to == "open":
                await self._tell_tenant(connection, tenant_id, after.row, _GAME_EVENTS.get(to, "game.changed"))
            await audit.record(
                connection,
                tenant_id,
                actor,
                "jackpot.moved",
                "jackpot_games",
                jackpot_id,
                {"jackpot_status": to, "reason": reason, "pool_amount": after.view.pool_amount},
                {"jackpot_status": before.jackpot_status, "pool_amount": shown.pool(before).pool_amount},
            )
        self._relay.wake(tenant_id)
        return after

    async def lock_by_clock(self, tenant_id: UUID, jackpot_id: UUID) -> None:
        """Lock a jackpot whose time has come."""
        await self.move(tenant_id, jackpot_id, "locked", CLOCK, when_due=True)

    async def move_pool(self, tenant_id: UUID, jackpot_id: UUID, move: PoolMove, actor: str) -> JackpotPool:
        """Set the pool, or move it by an amount; movers at once are taken one after the other.

        Raises `NotFound`, and what `PoolMove.moved` raises.
        """
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, jackpot_id)
            amount = move.moved(before.jackpot_status, before.pool_amount)
            version = await jackpots.set_pool(connection, tenant_id, jackpot_id, amount)
            after = shown.pool_at(before, amount, version)
            await outbox.add(connection, tenant_id, f"jackpot:{jackpot_id}", "jackpot.pool", after, version)
            await audit.record(
                connection, tenant_id, actor, "jackpot.pool", "jackpot_games", jackpot_id, after, shown.pool(before)
            )
        self._relay.wake(tenant_id)
        return after

    async def broadcast(
        self, tenant_id: UUID, jackpot_id: UUID, message: str, data: bytes | None, actor: str
    ) -> JackpotMessage:
        """Tell everybody who follows the jackpot. `data`: JSON, or None. Raises `NotFound`, `Closed` for a draft."""
        async with self._database.tenant(tenant_id) as connection:
            row = await self._lock(connection, tenant_id, jackpot_id)
            if row.jackpot_status == "draft":
                raise Closed("The jackpot is a draft, which nobody follows. Open it first.")
            channel = f"jackpot:{jackpot_id}"
            sent = await broadcasts.add(
                connection, tenant_id, channel=channel, event=MESSAGE, message=message, data=data, sent_by=actor
            )
            told = shown.message(jackpot_id, sent)
            await outbox.add(connection, tenant_id, channel, MESSAGE, told)
            await audit.record(connection, tenant_id, actor, MESSAGE, "jackpot_games", jackpot_id, told)
        self._relay.wake(tenant_id)
        return told

    async def _check_opening(self, connection: Connection, tenant_id: UUID, row: JackpotRow, now: datetime) -> None:
        events = (await jackpots.events(connection, tenant_id, [row.id]))[row.id]
        prizes = (await jackpots.prizes(connection, tenant_id, [row.id]))[row.id]
        rules.check_opening(
            [shown.planned_event(event) for event in events],
            [shown.planned_prize(prize) for prize in prizes],
            row.locks_at,
            now,
        )

    async def _tell_tenant(self, connection: Connection, tenant_id: UUID, row: JackpotRow, event: str) -> None:
        game = GameMoved("jackpot", row.id, row.jackpot_title, row.jackpot_status)
        await tell_moved(connection, tenant_id, event, game)

    async def _tell_moved(self, connection: Connection, tenant_id: UUID, row: JackpotRow, reason: str | None) -> None:
        await outbox.add(connection, tenant_id, f"jackpot:{row.id}", "jackpot.status", shown.moved(row, reason))

    async def _tell_pool(self, connection: Connection, tenant_id: UUID, row: JackpotRow) -> None:
        await outbox.add(connection, tenant_id, f"jackpot:{row.id}", "jackpot.pool", shown.pool(row), row.pool_version)

    async def _void_tickets(self, connection: Connection, tenant_id: UUID, jackpot_id: UUID) -> None:
        """Their stakes go back by jobs, each once."""
        for ticket in await jackpot_tickets.void_all(connection, tenant_id, jackpot_id, self._database.clock_offset):
            await tell_ticket(connection, tenant_id, shown.ticket_view(ticket))

    async def _lock(self, connection: Connection, tenant_id: UUID, jackpot_id: UUID) -> JackpotRow:
        row = await jackpots.lock(connection, tenant_id, jackpot_id)
        if row is None:
            raise NotFound("There is no such jackpot.")
        return row

    async def _lock_draft(self, connection: Connection, tenant_id: UUID, jackpot_id: UUID, what: str) -> JackpotRow:
        row = await self._lock(connection, tenant_id, jackpot_id)
        if row.jackpot_status != "draft":
            raise Conflict(f"The jackpot is {row.jackpot_status}; its {what} stand.")
        return row


_GAME_EVENTS = {"open": "game.opened", "cancelled": "game.closed"}


def _times(row: JackpotRow, to: str, now: datetime) -> dict[str, datetime]:
    """The times that a move by hand moves."""
    if to == "open" and row.start_time > now:
        return {"start_time": now}
    if to == "locked" and row.locks_at > now:
        return {"locks_at": now}
    return {}


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise BadRequest("The jackpot does not fit: every fault is listed.", faults=faults)
