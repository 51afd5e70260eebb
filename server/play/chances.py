"""Chances as staff give and take them, and as the clock ends them. Players are told."""

import asyncio
from collections.abc import Collection, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from asyncpg import Connection

from games.errors import BadRequest, Conflict, Fault, NotFound, WheelhouseError
from games.lifecycles import CHANCE, ChanceStatus
from persistence import chance_batches, chance_endings, claims, wheels
from persistence import chances as chance_rows
from persistence.chances import ChanceRow, Grant
from persistence.database import Database
from server.play.telling import Teller
from server.play.wheels import CLOCK

log = structlog.get_logger(__name__)

#: Where grants come from that name themselves: `source_key` is their `grant_id`.
GRANT_ID = "grant_id"
#: What became of an entry that was carried out.
GRANTED, DUPLICATE = "granted", "duplicate"
#: Players told of their chances at a time.
_TOLD_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one entry of a call: `granted`, `duplicate`, or an error's code."""

    status: str
    chance_id: UUID | None = None
    message: str | None = None


class Chances:
    """The use-cases of chances that are not play, for one node. `batch`: grants made or ended in one transaction."""

    def __init__(self, database: Database, teller: Teller, batch: int) -> None:
        self._database = database
        self._teller = teller
        self._batch = batch
        self._telling: set[asyncio.Task[None]] = set()

    async def drain(self) -> None:
        """Finish telling what has been committed."""
        while self._telling:
            await asyncio.gather(*self._telling, return_exceptions=True)

    async def give(self, tenant_id: UUID, wanted: Grant, actor: str) -> tuple[ChanceRow, bool]:
        """Give chances once for one key; answers the grant, and whether it was made by this call.

        Raises `BadRequest` when it is bound to a wheel that there is not.
        """
        async with self._database.tenant(tenant_id) as connection:
            await chance_rows.lock_player(connection, tenant_id, wanted.user_id)
            if (
                refusal := _refusal(wanted, await wheels.unknown(connection, tenant_id, wanted.wheels or []))
            ) is not None:
                raise refusal
            row, made = await chance_rows.grant(connection, tenant_id, wanted, actor)
        if made:
            self._tell(tenant_id, [wanted.user_id])
        return row, made

    async def give_all(self, tenant_id: UUID, entries: Sequence[Grant | WheelhouseError], actor: str) -> list[Answer]:
        """Give many grants, each of its `grant_id` once and judged by itself; answers in the order of the entries.

        They are written some at a time, so that no player waits long. Carried out in part, the call can be sent again.
        """
        answers: list[Answer] = []
        for begin in range(0, len(entries), self._batch):
            answers += await self._give_some(tenant_id, entries[begin : begin + self._batch], actor)
        return answers

    async def _give_some(self, tenant_id: UUID, entries: Sequence[Grant | WheelhouseError], actor: str) -> list[Answer]:
        async with self._database.tenant(tenant_id) as connection:
            named = {wheel for one in entries if isinstance(one, Grant) for wheel in one.wheels or ()}
            unknown = await wheels.unknown(connection, tenant_id, named)
            judged = [one if isinstance(one, WheelhouseError) else _refusal(one, unknown) or one for one in entries]
            wanted = [one for one in judged if isinstance(one, Grant)]
            given = await chance_batches.grant_all(connection, tenant_id, GRANT_ID, wanted, actor) if wanted else []
        self._tell(tenant_id, {row.user_id for row, made in given if made})
        outcomes = iter(given)
        return [
            Answer(one.code, message=one.message) if isinstance(one, WheelhouseError) else _answer(one, *next(outcomes))
            for one in judged
        ]

    async def revoke(self, tenant_id: UUID, chance_id: UUID, actor: str, reason: str) -> ChanceRow:
        """Take what remains of a grant; what was spent stays spent. Raises `NotFound`, `Conflict`."""
        async with self._database.tenant(tenant_id) as connection:
            row = await self._lock(connection, tenant_id, chance_id)
            now = await claims.now(connection, self._database.clock_offset)
            over = row.expires_at is not None and row.expires_at <= now
            stands = ChanceStatus.EXPIRED if over and row.chance_status == ChanceStatus.ACTIVE else row.chance_status
            CHANCE.check(stands, ChanceStatus.REVOKED)
            await chance_endings.end(
                connection, tenant_id, [row.id], ChanceStatus.REVOKED, self._database.clock_offset, actor, reason
            )
            (revoked,) = await chance_rows.read(connection, tenant_id, [row.id])
        self._tell(tenant_id, [row.user_id])
        return revoked

    async def expire_due(self) -> int:
        """Expire what is due over all tenants; answers how many grants. A tenant's fault is not the others'."""
        expired = 0
        for tenant_id in await chance_endings.tenants_due(self._database):
            try:
                expired += await self._expire_due_of(tenant_id)
            except WheelhouseError:
                raise
            except Exception:
                log.exception("a tenant's chances could not be expired", tenant=str(tenant_id))
        return expired

    async def _expire_due_of(self, tenant_id: UUID) -> int:
        expired = 0
        while True:
            async with self._database.tenant(tenant_id) as connection:
                rows = await chance_endings.expire_some(
                    connection, tenant_id, self._database.clock_offset, self._batch, CLOCK
                )
            self._tell(tenant_id, {row.user_id for row in rows})
            expired += len(rows)
            if len(rows) < self._batch:
                return expired

    async def _lock(self, connection: Connection, tenant_id: UUID, chance_id: UUID) -> ChanceRow:
        """The grant, its player locked, so that no spin spends of it meanwhile."""
        for row in await chance_rows.read(connection, tenant_id, [chance_id]):
            await chance_rows.lock_player(connection, tenant_id, row.user_id)
            return (await chance_rows.read(connection, tenant_id, [chance_id]))[0]
        raise NotFound("There is no such grant of chances.")

    def _tell(self, tenant_id: UUID, user_ids: Collection[str]) -> None:
        """Once this is committed, send these players what they have now."""
        if user_ids:
            self._database.after_commit(partial(self._begin_telling, tenant_id, sorted(user_ids)))

    def _begin_telling(self, tenant_id: UUID, user_ids: list[str]) -> None:
        # A task of its own, for it must not read within the transaction of the call that it follows.
        task = asyncio.create_task(self._send(tenant_id, user_ids), name="chances", context=Context())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _send(self, tenant_id: UUID, user_ids: list[str]) -> None:
        try:
            for begin in range(0, len(user_ids), _TOLD_AT_ONCE):
                await self._teller.chances(tenant_id, *user_ids[begin : begin + _TOLD_AT_ONCE])
        except WheelhouseError as error:
            log.info("players were not told of their chances", tenant=str(tenant_id), reason=error.message)
        except Exception:
            log.exception("players were not told of their chances", tenant=str(tenant_id))


def is_same(row: ChanceRow, wanted: Grant) -> bool:
    """Whether a grant is the one that is wanted, and not another under its key."""
    return (row.user_id, row.chance_type, row.chance_count, row.award_reason, row.expires_at, row.wheels) == (
        wanted.user_id,
        wanted.chance_type,
        wanted.chance_count,
        wanted.award_reason,
        wanted.expires_at,
        None if wanted.wheels is None else list(wanted.wheels),
    )


def _answer(wanted: Grant, row: ChanceRow, made: bool) -> Answer:
    if made:
        return Answer(GRANTED, row.id)
    if is_same(row, wanted):
        return Answer(DUPLICATE, row.id)
    told = "This grant_id was already used for another grant. Choose a new one for a new grant."
    return Answer(Conflict.code, row.id, told)


def _refusal(wanted: Grant, unknown: Collection[UUID]) -> BadRequest | None:
    strange = [wheel for wheel in wanted.wheels or () if wheel in unknown]
    if not strange:
        return None
    told = f"There is no wheel {strange[0]} to bind chances to."
    faults = [Fault("$.chance_metadata.wheels", f"there is no wheel {wheel}") for wheel in strange]
    return BadRequest(told, faults=faults)
