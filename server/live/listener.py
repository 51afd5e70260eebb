"""Somebody who listens to a tenant's channels: what the users of websockets and of event streams have in common."""

import asyncio
import enum
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import structlog

from channels.channel import Channel
from channels.socket import Socket
from server.auth.tokens import Caller

if TYPE_CHECKING:
    from server.live.service import LiveService

log = structlog.get_logger(__name__)


class State(enum.Enum):
    """How far a listener has come."""

    NEW = enum.auto()
    CONNECTING = enum.auto()
    READY = enum.auto()
    CLOSED = enum.auto()


class Listener:
    """One connection's place among the node's. Arguments: the live service; where the peer is; what it calls itself."""

    __slots__ = (
        "_service",
        "caller",
        "channels",
        "client",
        "deadline",
        "id",
        "ip_address",
        "socket",
        "state",
        "user_agent",
    )

    def __init__(self, service: "LiveService", ip_address: str | None, user_agent: str | None) -> None:
        self._service = service
        self.id = uuid4().hex[:16]
        self.ip_address = ip_address
        self.user_agent = user_agent
        #: what the client calls itself, and its version
        self.client: str | None = None
        self.state = State.NEW
        self.caller: Caller | None = None
        self.socket: Socket | None = None
        #: channels subscribed to, by their name on the wire
        self.channels: dict[str, Channel] = {}
        #: the timer that ends the wait for `connect`, later the token's life
        self.deadline: asyncio.TimerHandle | None = None

    def received(self, socket: Socket, payload: bytes) -> None:
        """A whole message has come in. Nobody who only listens is asked anything."""

    def log(self, event: str, **facts: object) -> None:
        """Write a line of this connection's life. Whoever it is has a name there, and never a token."""
        caller = self.caller
        if caller is not None:
            facts = {"tenant": caller.tenant_code, "user": caller.user_id, "role": caller.role, **facts}
        log.info(event, connection=self.id, **facts)

    def closed(self, socket: Socket, code: int) -> None:
        """The connection is gone, from whichever side."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self.log("closed", code=code, lasted_s=round(self._service.loop_time() - socket.opened_at, 3))
        self.await_no_longer()
        self._service.left(self)

    def await_no_longer(self) -> None:
        """Cancel the timer that would end the connection."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    @property
    def tenant_id(self) -> UUID:
        """The tenant of a listener that is ready."""
        assert self.caller is not None and self.caller.tenant_id is not None
        return self.caller.tenant_id

    @property
    def expires_at(self) -> datetime:
        """When the listener's token ends."""
        assert self.caller is not None
        return self.caller.expires_at
