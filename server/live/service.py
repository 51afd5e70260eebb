"""The live side of a node: its sessions, who may connect, how tokens end, and how the node is left."""

import asyncio
import contextvars
import random
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog

from channels.connections import Connections, Here
from channels.envelope import Closing
from channels.keepalive import Keepalive
from channels.socket import Socket
from games.errors import CLOSE_CODES, Forbidden, LimitReached, Unauthorized, WheelhouseError
from games.messages.commands import Command, Connect, Refresh, Spin
from games.messages.replies import Connected, FairnessShown, Limits, OpenSpin, Refreshed, SpinAccepted
from persistence.spin_states import Origin
from server.auth.tenants import Tenants
from server.auth.tokens import Caller
from server.live.listener import Listener, State
from server.live.seeing import Seen
from server.live.session import Session
from server.live.subscriptions import Subscriptions
from server.moments import wire_time
from server.pace import Pace
from server.settings import Settings

log = structlog.get_logger(__name__)

#: The word of the close code for each error that ends a session before it has begun; `internal` for any other.
_TURNED_AWAY = {
    "unauthorized": "unauthorized",
    "forbidden": "forbidden",
    # A full tenant: those inside stay, the newcomer may come back.
    "limit_reached": "rate_limited",
    "rate_limited": "rate_limited",
    "bad_request": "bad_frame",
}
#: A client turned away by a full tenant is told to come back after this long.
_FULL_RETRY_MS = 5_000
#: Of a connection's timers: what they would else carry of the handshake would live as long as the connection.
_NO_CONTEXT = contextvars.Context()
#: Connections closed before the loop has its turn again.
_SLICE = 200


class Plays(Protocol):
    """What the live side needs of the games: a player's arrival and a spin."""

    def now(self) -> datetime: ...

    async def arrive(self, caller: Caller) -> tuple[list[OpenSpin], list[FairnessShown]]: ...

    async def spin(
        self,
        tenant_id: UUID,
        user_id: str,
        wheel_id: str,
        request_id: str,
        origin: Origin,
    ) -> SpinAccepted: ...


class LiveService:
    """Everything that the sessions of one node share."""

    def __init__(
        self,
        settings: Settings,
        tenants: Tenants,
        plays: Plays,
        subscriptions: Subscriptions,
        keepalive: Keepalive,
        seen: Seen,
        pace: Pace,
        connections: Connections,
    ) -> None:
        self.settings = settings
        self._connections = connections
        connections.crowd = self
        self._keepalive = keepalive
        self._seen = seen
        self._pace = pace
        self.subscriptions = subscriptions
        self._tenants = tenants
        self._plays = plays
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sessions: set[Listener] = set()
        #: the sessions of each (tenant, user), oldest first, and how many each tenant has
        self._of_user: dict[tuple[UUID, str], list[Listener]] = {}
        self._of_tenant: dict[UUID, int] = {}
        #: commands that have been answered, by (tenant's id, type, `ok` or the code of the error)
        self.commands: Counter[tuple[str, str, str]] = Counter()
        #: the codes of tenants that have been here, by their ids
        self.tenant_codes: dict[str, str] = {}
        self.draining = False
        #: done when a draining node's last session has gone
        self._emptied: asyncio.Future[None] | None = None

    # -- time and tasks

    def now(self) -> datetime:
        """The server's time, as clients are told it."""
        return self._plays.now()

    def loop_time(self) -> float:
        """A clock that only rises, for pace."""
        return self._loop.time()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a command's work to its end; the task is kept until then."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- coming

    def opened(self, session: Session, socket: Socket) -> None:
        """A socket has been accepted; its `connect` is awaited for a while."""
        session.socket = socket
        self._sessions.add(session)
        self._keepalive.add(socket)
        session.deadline = self._loop.call_later(
            self.settings.connect_timeout_s, socket.close, 4509, "connect_timeout", context=_NO_CONTEXT
        )

    async def spend(self, session: Session, command: Command) -> None:
        """Count a command against the limits; raises `RateLimited`. Of a newcomer only the address is known."""
        caller = session.caller
        counted = str(type(command).__struct_config__.tag)
        if caller is None:
            await self._pace.spend(counted, address=session.ip_address)
        else:
            await self._pace.spend(
                counted, tenant_id=caller.tenant_id, user_id=caller.user_id, address=session.ip_address
            )

    async def connect(self, session: Session, command: Connect) -> None:
        """Believe the token, take the player in, and answer what waits for them."""
        caller = await self._tenants.caller(command.token)
        if caller.tenant_id is None:
            raise Forbidden("A platform key holds no tenant, so it cannot listen. Use a token of the tenant.")
        await self._pace.spend("connect", tenant_id=caller.tenant_id, user_id=caller.user_id)
        spins, fairness = await self._plays.arrive(caller)
        if session.state is not State.CONNECTING:
            return
        if command.client is not None and command.client.words is not None:
            # Many come with the same client, and each connection keeps what it is called.
            session.client = sys.intern(command.client.words)
        self._admit(session, caller)
        session.answer(
            command.id,
            Connected(
                connection=session.id,
                tenant=caller.tenant_code,
                user=caller.user_id,
                role=caller.role,
                server_time=wire_time(self.now()),
                expires_at=wire_time(caller.expires_at),
                ping_interval_ms=int(self.settings.ping_interval_s * 1000),
                limits=Limits(
                    frame_bytes=self.settings.frame_bytes,
                    channels=self.settings.channels_per_connection,
                    commands_per_second=self.settings.commands_per_second,
                ),
                spins=spins,
                fairness=fairness,
            ),
        )
        if session.socket is not None:
            told = [spin.session_id for spin in spins if spin.result is not None]
            self._seen.sent(session.socket, session.tenant_id, told)

    def admit(self, listener: Listener, caller: Caller) -> None:
        """Take in somebody who only listens; raises `LimitReached`."""
        self._admit(listener, caller)
        self._sessions.add(listener)
        if listener.socket is not None:
            self._keepalive.add(listener.socket)

    def _admit(self, session: Listener, caller: Caller) -> None:
        assert caller.tenant_id is not None
        # What was revoked since the token was believed has been looked for among those who were inside.
        self._tenants.judge(caller)
        tenant = str(caller.tenant_id)
        here = self._of_tenant.get(caller.tenant_id, 0)
        if here + self._connections.elsewhere(tenant) >= self.settings.connections_per_tenant:
            raise LimitReached(
                "This tenant has as many connections as it may have. Try again later.", retry_after_ms=_FULL_RETRY_MS
            )
        session.caller = caller
        session.state = State.READY
        self.tenant_codes[tenant] = caller.tenant_code
        session.log("connected", address=session.ip_address)
        self._await_expiry(session)
        mine = self._of_user.setdefault((caller.tenant_id, caller.user_id), [])
        mine.append(session)
        self._of_tenant[caller.tenant_id] = here + 1
        self._connections.changed(tenant, caller.user_id, came=1)
        self.close_oldest(tenant, caller.user_id, len(mine) - self.settings.connections_per_user)

    # -- the node's crowd, as connections are counted over all nodes

    def users(self, tenant: str) -> Iterable[str]:
        """All users of a tenant who are here."""
        tenant_id = UUID(tenant)
        return [user for of, user in self._of_user if of == tenant_id]

    def total(self, tenant: str) -> int:
        """A tenant's connections here."""
        return self._of_tenant.get(UUID(tenant), 0)

    def here(self, tenant: str, user: str) -> Here:
        """A user's connections here."""
        mine = self._of_user.get((UUID(tenant), user), ())
        if not mine:
            return Here(0, 0, 0)
        hearing = sum("user" in one.channels for one in mine)
        opened = self._loop.time() if mine[0].socket is None else mine[0].socket.opened_at
        return Here(len(mine), hearing, int((time.time() - self._loop.time() + opened) * 1000))

    def close_oldest(self, tenant: str, user: str, count: int) -> int:
        """Close so many of the user's oldest connections here, or all that there are; answers how many."""
        going = self._of_user.get((UUID(tenant), user), [])[: max(0, count)]
        for oldest in going:
            self._forget(oldest)
            if oldest.socket is not None:
                oldest.socket.close(4409, "too_many_connections")
        return len(going)

    def turn_away(self, session: Listener, error: WheelhouseError) -> None:
        """Close a session whose `connect` was refused, with the code that says whether to come back."""
        session.log("turned away", why=error.code)
        if session.socket is not None:
            kind = CLOSE_CODES[_TURNED_AWAY.get(error.code, "internal")]
            session.socket.close(kind.code, kind.word)

    # -- staying

    async def refresh(self, session: Session, command: Refresh) -> None:
        """Take a newer token of the same tenant, user and role."""
        caller = await self._tenants.caller(command.token)
        mine = session.caller
        if mine is None or (caller.tenant_id, caller.user_id, caller.role) != (mine.tenant_id, mine.user_id, mine.role):
            raise Unauthorized("A refresh needs a token of the same tenant, user and role.")
        session.caller = caller
        self._await_expiry(session)
        session.answer(command.id, Refreshed(wire_time(caller.expires_at)))

    async def spin(self, session: Session, command: Spin) -> None:
        """Play for the session's player; answered once the play is on disk."""
        caller = session.caller
        if caller is None or caller.role != "player":
            raise Forbidden("Only a player spins. Sign in as a player.")
        tenant = await self._tenants.by_code(caller.tenant_code)
        if tenant is None or not tenant.is_active:
            raise Forbidden("This tenant is not active. Ask the platform's operator.")
        accepted = await self._plays.spin(
            session.tenant_id,
            caller.user_id,
            command.wheel_id,
            command.request_id,
            Origin(
                session.ip_address,
                session.user_agent,
                token_id=caller.token_id,
                key=caller.key,
                connection=session.id,
                client=session.client,
            ),
        )
        session.answer(command.id, accepted)

    def _await_expiry(self, session: Listener) -> None:
        if session.deadline is not None:
            session.deadline.cancel()
        wait = max(0.0, (session.expires_at - self.now()).total_seconds())
        session.deadline = self._loop.call_later(min(wait, 86_400.0), self._expiring, session, context=_NO_CONTEXT)

    def _expiring(self, session: Listener) -> None:
        if session.socket is None or session.state is State.CLOSED:
            return
        if session.expires_at > self.now():
            self._await_expiry(session)
            return
        grace_s = self.settings.expiry_grace_s
        session.socket.tell(Closing(code="expiring", reconnect_in_ms=int(grace_s * 1000)))
        session.deadline = self._loop.call_later(
            grace_s, session.socket.close, 4401, "unauthorized", context=_NO_CONTEXT
        )

    # -- ending tokens

    @property
    def tenants(self) -> dict[UUID, str]:
        """The tenants that have somebody here, and their codes."""
        return {tenant_id: self.tenant_codes[str(tenant_id)] for tenant_id in self._of_tenant}

    async def review(self, tenant_id: UUID) -> int:
        """Close whoever of a tenant is to be believed no more (4401, 4403), by what is known here; how many."""
        closed = 0
        mine = [one for one in self._sessions if one.caller is not None and one.caller.tenant_id == tenant_id]
        for count, session in enumerate(mine, 1):
            try:
                if session.caller is not None and session.state is State.READY:
                    self._tenants.judge(session.caller)
            except WheelhouseError as error:
                self._forget(session)
                self.turn_away(session, error)
                closed += 1
            if count % _SLICE == 0:
                await asyncio.sleep(0)
        return closed

    # -- leaving

    def left(self, session: Listener) -> None:
        """A session's socket is gone: forget it everywhere."""
        self._sessions.discard(session)
        if self._emptied is not None and not self._sessions and not self._emptied.done():
            self._emptied.set_result(None)
        if session.socket is not None:
            self.subscriptions.drop(session)
        self._forget(session)

    def _forget(self, session: Listener) -> None:
        """Count a session no longer; harmless when done before."""
        caller = session.caller
        if caller is None or caller.tenant_id is None:
            return
        key = (caller.tenant_id, caller.user_id)
        mine = self._of_user.get(key, [])
        if session in mine:
            mine.remove(session)
            self._of_tenant[caller.tenant_id] -= 1
            if not mine:
                del self._of_user[key]
            if not self._of_tenant[caller.tenant_id]:
                del self._of_tenant[caller.tenant_id]
            self._connections.changed(str(caller.tenant_id), caller.user_id)

    async def drain(self, over_s: float) -> None:
        """Take nobody more, finish what is under way, tell each client its own time to come back, and close.

        Returns when the last connection is gone.
        """
        self.draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=over_s)
        for count, session in enumerate(list(self._sessions), 1):
            if session.socket is not None:
                self._send_away(session.socket, random.uniform(0, over_s))  # noqa: S311 - spreads clients
            if count % _SLICE == 0:
                await asyncio.sleep(0)
        if self._sessions:
            self._emptied = self._emptied or self._loop.create_future()
            await asyncio.wait([self._emptied])

    def refuse(self, socket: Socket) -> None:
        """Somebody has come to a node that is going away, perhaps the only one: not at once again."""
        over_s = self.settings.drain_s
        self._send_away(socket, random.uniform(over_s / 2, over_s))  # noqa: S311 - spreads clients

    def _send_away(self, socket: Socket, back_s: float) -> None:
        socket.tell(Closing(code="draining", reconnect_in_ms=int(back_s * 1000)))
        socket.close(4503, "draining")

    def listeners(self) -> Iterable[Listener]:
        """All who have a connection to this node."""
        return self._sessions

    def __len__(self) -> int:
        return len(self._sessions)
