"""Webhooks of a tenant: its endpoints, the jobs that send, and what an operator does with them."""

import asyncio
import random
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from asyncpg import Connection

from games.errors import BadRequest, Conflict, Fault, LimitReached, NotFound
from games.messages.webhooks import EVENT_TYPES, Ping
from games.retries import delay_s
from persistence import audit, rewards, webhooks
from persistence.database import Database
from persistence.jobs import RetryLater
from persistence.vault import Vault
from persistence.webhooks import Endpoint, Send
from server.settings import Settings
from server.webhooks.calling import secret_text
from server.webhooks.outside import check_url
from server.webhooks.sending import Outcome, Sender

log = structlog.get_logger(__name__)

_SECRET_BYTES = 32


class Webhooks:
    """Endpoints, sends and replays."""

    def __init__(self, settings: Settings, database: Database, vault: Vault, sender: Sender) -> None:
        self._settings = settings
        self._database = database
        self._vault = vault
        self._sender = sender

    # -- sending

    async def work(self, tenant_id: UUID, send_id: UUID) -> None:
        """One attempt, as a job, if one is due. Raises `RetryLater` when another follows."""
        async with self._database.tenant(tenant_id) as connection:
            taken = await self._take(connection, tenant_id, send_id)
        if taken is None:
            return
        send, to = taken
        if to.endpoint_status != "active":
            told = f"the endpoint is {to.endpoint_status}"
            await self._settle(tenant_id, send, Outcome(None, told, 0), None)
            return
        outcome = await self._sender.send(tenant_id, send, to)
        wait_s = None if outcome.gone else delay_s(send.attempts, random.random(), self._settings.retry_delays)  # noqa: S311 - spreads tries
        await self._settle(tenant_id, send, outcome, wait_s)
        if not outcome.arrived and wait_s is not None:
            raise RetryLater(wait_s, outcome.error or "")

    async def send_now(self, tenant_id: UUID, event_type: str, payload: object, message_id: UUID) -> bool:
        """Try a message at every endpoint that listens and has not confirmed it; whether any endpoint has by now.

        For a message whose caller tries again by itself, under the same id. Raises `NotFound` when nobody listens.
        """
        async with self._database.tenant(tenant_id) as connection:
            listening = await webhooks.endpoints(connection, tenant_id, event_type=event_type, active=True)
            if not listening:
                raise NotFound(f"No webhook endpoint listens to {event_type}. Make one, or make it active again.")
            due = await webhooks.emit(connection, tenant_id, event_type, payload, message_id=message_id, by_job=False)
            before = await webhooks.sends(connection, tenant_id, message_id=message_id, status="confirmed")
        if before:
            return True
        outcomes = await asyncio.gather(*(self._try(tenant_id, send_id) for send_id in due))
        return any(outcomes)

    async def _take(self, connection: Connection, tenant_id: UUID, send_id: UUID) -> tuple[Send, Endpoint] | None:
        offset = self._database.clock_offset
        return await webhooks.take(connection, tenant_id, send_id, self._settings.attempt_s, offset)

    async def _try(self, tenant_id: UUID, send_id: UUID) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            taken = await self._take(connection, tenant_id, send_id)
        if taken is None:
            return False
        send, to = taken
        outcome = await self._sender.send(tenant_id, send, to)
        await self._settle(tenant_id, send, outcome, None, ends=False)
        return outcome.arrived

    async def _settle(
        self, tenant_id: UUID, send: Send, outcome: Outcome, next_in_s: float | None, *, ends: bool = True
    ) -> None:
        status = "confirmed" if outcome.arrived else "manual" if next_in_s is None and ends else "failed"
        async with self._database.tenant(tenant_id) as connection:
            await webhooks.settle(
                connection,
                tenant_id,
                send.id,
                status=status,
                status_code=outcome.status_code,
                error=outcome.error,
                duration_ms=outcome.duration_ms,
                next_in_s=None if outcome.arrived else next_in_s,
            )
            if outcome.gone:
                await self._retire(connection, tenant_id, send.endpoint_id)
        if not outcome.arrived:
            log.info("a webhook did not arrive", tenant=str(tenant_id), send=str(send.id), reason=outcome.error)

    async def _retire(self, connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> None:
        found = await webhooks.endpoint(connection, tenant_id, endpoint_id, lock=True)
        if found is not None and found.endpoint_status == "active":
            await webhooks.change_endpoint(connection, tenant_id, replace(found, endpoint_status="gone"))
            await audit.record(
                connection, tenant_id, None, "webhook_endpoint.gone", "webhook_endpoints", found.id, {"status": "gone"}
            )

    # -- what an operator does

    async def add(
        self, tenant_id: UUID, url: str, description: str, event_types: Sequence[str], operator: str
    ) -> tuple[Endpoint, str]:
        """Make an endpoint; answers it and its secret, which is shown this once."""
        await self._check(url, event_types)
        secret = secrets.token_bytes(_SECRET_BYTES)
        async with self._database.tenant(tenant_id) as connection:
            most = self._settings.webhook_endpoints_per_tenant
            if len(await webhooks.endpoints(connection, tenant_id, limit=most)) >= most:
                raise LimitReached(f"A tenant has {most} webhook endpoints at the most. Change one of those there are.")
            sealed = self._vault.seal(tenant_id, secret)
            made = await webhooks.add_endpoint(
                connection, tenant_id, url, description, sorted(set(event_types)), sealed, operator
            )
            told = {"url": url, "event_types": sorted(set(event_types))}
            await audit.record(
                connection, tenant_id, operator, "webhook_endpoint.added", "webhook_endpoints", made.id, told
            )
        return made, secret_text(secret)

    async def change(
        self, tenant_id: UUID, endpoint_id: UUID, changes: dict[str, object], row_version: int, operator: str
    ) -> Endpoint:
        """Change an endpoint's url, description, event_types or endpoint_status (active or disabled)."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._locked(connection, tenant_id, endpoint_id)
            if before.row_version != row_version:
                raise Conflict("The endpoint was changed meanwhile. Read it again, then repeat the change.")
            after = replace(before, **changes)  # type: ignore[arg-type]
            await self._check(after.url, after.event_types)
            after = await webhooks.change_endpoint(connection, tenant_id, after)
            await audit.record(
                connection, tenant_id, operator, "webhook_endpoint.changed", "webhook_endpoints", before.id, changes
            )
        return after

    async def rotate(self, tenant_id: UUID, endpoint_id: UUID, operator: str) -> tuple[Endpoint, str]:
        """Give an endpoint a new secret; for a while both sign, so that the receiver can change over."""
        secret = secrets.token_bytes(_SECRET_BYTES)
        async with self._database.tenant(tenant_id) as connection:
            before = await self._locked(connection, tenant_id, endpoint_id)
            after = await webhooks.change_endpoint(
                connection,
                tenant_id,
                replace(
                    before,
                    secret_encrypted=self._vault.seal(tenant_id, secret),
                    previous_secret_encrypted=before.secret_encrypted,
                    previous_secret_until=datetime.now(UTC) + timedelta(hours=self._settings.webhook_rotation_h),
                ),
            )
            await audit.record(
                connection, tenant_id, operator, "webhook_endpoint.rotated", "webhook_endpoints", before.id, {}
            )
        return after, secret_text(secret)

    async def test(self, tenant_id: UUID, endpoint_id: UUID) -> Outcome:
        """Send `ping` to an endpoint at once; answers what came of it."""
        async with self._database.tenant(tenant_id) as connection:
            found = await self._locked(connection, tenant_id, endpoint_id)
            if found.endpoint_status != "active":
                raise Conflict(f"The endpoint is {found.endpoint_status}. Make it active, then test it.")
            (send_id,) = await webhooks.emit(
                connection, tenant_id, "ping", Ping(endpoint_id), only=endpoint_id, by_job=False
            )
            taken = await self._take(connection, tenant_id, send_id)
        assert taken is not None
        outcome = await self._sender.send(tenant_id, *taken)
        await self._settle(tenant_id, taken[0], outcome, None)
        return outcome

    async def replay(self, tenant_id: UUID, send_id: UUID, operator: str) -> Send:
        """Send a message to its endpoint again, whether it has arrived before or not, under the same id.

        Raises `NotFound`; `Conflict` while it is being sent, and for a reward that the platform has not confirmed.
        """
        async with self._database.tenant(tenant_id) as connection:
            found = await webhooks.send_by_id(connection, tenant_id, send_id)
            if found is None:
                raise NotFound("There is no such webhook.")
            if found.event_type == "reward.due":
                await _must_be_paid(connection, tenant_id, found.message_id)
            if not await webhooks.replay(connection, tenant_id, send_id):
                raise Conflict("It is being sent just now. Look again in a minute.")
            await audit.record(connection, tenant_id, operator, "webhook.replayed", "webhook_sends", send_id)
            again = await webhooks.send_by_id(connection, tenant_id, send_id)
        assert again is not None
        return again

    async def endpoints(self, tenant_id: UUID, after: UUID | None, limit: int) -> list[Endpoint]:
        """A page of endpoints, in the order of their making."""
        async with self._database.tenant(tenant_id) as connection:
            return await webhooks.endpoints(connection, tenant_id, after=after, limit=limit)

    async def endpoint(self, tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
        """One endpoint; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            found = await webhooks.endpoint(connection, tenant_id, endpoint_id)
        if found is None:
            raise NotFound("There is no such webhook endpoint.")
        return found

    async def sends(
        self,
        tenant_id: UUID,
        *,
        endpoint_id: UUID | None,
        status: str | None,
        event_type: str | None,
        before: UUID | None,
        limit: int,
    ) -> list[Send]:
        """A page of the delivery log, newest first."""
        async with self._database.tenant(tenant_id) as connection:
            return await webhooks.sends(
                connection,
                tenant_id,
                endpoint_id=endpoint_id,
                status=status,
                event_type=event_type,
                before=before,
                limit=limit,
            )

    async def _check(self, url: str, event_types: Sequence[str]) -> None:
        unknown = [
            Fault(f"$.event_types[{at}]", f"{one!r} is none of {', '.join(EVENT_TYPES)}")
            for at, one in enumerate(event_types)
            if one not in EVENT_TYPES
        ]
        if unknown:
            raise BadRequest("There is no such type of message.", faults=unknown)
        await check_url(url, "$.url", private=self._settings.webhook_private)

    async def _locked(self, connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
        found = await webhooks.endpoint(connection, tenant_id, endpoint_id, lock=True)
        if found is None:
            raise NotFound("There is no such webhook endpoint.")
        return found


async def _must_be_paid(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> None:
    """A platform that has not seen `reward.due` pays at it: so a reward goes out again by its own delivery alone."""
    reward = await rewards.by_id(connection, tenant_id, delivery_id, lock=True)
    if reward is None:
        return
    if reward.handled_by is not None:
        how = "stopped" if reward.delivery_status == "stopped" else "delivered by hand"
        raise Conflict(f"This reward was {how}: whoever gets the message would pay it as well.")
    if reward.delivery_status != "confirmed":
        raise Conflict("This reward has not arrived. Send it again among the rewards, where it is noted when it has.")
