"""Which results their players have seen: those after which the player's connection has been heard from.

A result that was sent may be lost with its connection, and with what could be recovered of it. So each is followed by a
ping, whose answer comes only from somebody who has got what was before it. Until then it counts as unseen, and whoever
comes back is told of it again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog

from channels.channel import Channel
from channels.envelope import Broadcast
from channels.socket import Socket
from games.errors import WheelhouseError

log = structlog.get_logger(__name__)

#: The event that is followed.
RESULT = "spin.result"
#: The ping follows after this time, when the result has been written and its play completed; answers are looked for as
#: often.
_PACE_S = 0.5

#: Notes results of a tenant as seen.
Mark = Callable[[UUID, list[UUID]], Awaitable[None]]


class _Named(msgspec.Struct):
    session_id: UUID


class _Body(msgspec.Struct):
    """What follows `{` in a result's body."""

    data: _Named


class _Sent(NamedTuple):
    #: when it was sent; once asked, when its player had last been heard from
    at: float
    socket: Socket
    tenant_id: UUID
    session_id: UUID


class Seen:
    """Follows the results sent on one node until their players are heard from."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._sent: deque[_Sent] = deque()
        #: of which an answer is awaited since
        self._asked: list[_Sent] = []
        self._something = asyncio.Event()

    def delivered(self, channel: Channel, event: Broadcast, sockets: Iterable[Socket]) -> None:
        """A result has been sent on a channel; that of its player is the one that counts."""
        if channel.kind == "user":
            session_id = msgspec.json.decode(b"{" + event.body, type=_Body).data.session_id
            for socket in sockets:
                self.sent(socket, UUID(channel.tenant), [session_id])

    def sent(self, socket: Socket, tenant_id: UUID, session_ids: Iterable[UUID]) -> None:
        """Results have been sent to their player, in whatever message."""
        now = asyncio.get_running_loop().time()
        self._sent.extend(_Sent(now, socket, tenant_id, session_id) for session_id in session_ids)
        self._something.set()

    async def follow_forever(self) -> None:
        """Ask, and note who has answered."""
        while True:
            await self._something.wait()
            await asyncio.sleep(_PACE_S)
            seen = self._heard()
            self._ask()
            if not self._sent and not self._asked:
                self._something.clear()
            for tenant_id, session_ids in seen.items():
                try:
                    await self._mark(tenant_id, list(session_ids))
                except WheelhouseError as error:
                    log.info("results stay unseen", reason=error.message)
                except Exception:
                    log.exception("results could not be noted as seen")

    def _ask(self) -> None:
        now = asyncio.get_running_loop().time()
        pinged: set[Socket] = set()
        while self._sent and self._sent[0].at <= now - _PACE_S:
            sent = self._sent.popleft()
            if sent.socket.is_closing:
                continue
            if sent.socket not in pinged:
                if not sent.socket.ping():
                    # An event stream says nothing back: what it was told stays unseen.
                    continue
                pinged.add(sent.socket)
            self._asked.append(sent._replace(at=sent.socket.last_received_at))

    def _heard(self) -> dict[UUID, set[UUID]]:
        seen: dict[UUID, set[UUID]] = {}
        still: list[_Sent] = []
        for sent in self._asked:
            if sent.socket.is_closing:
                continue
            if sent.socket.last_received_at > sent.at:
                seen.setdefault(sent.tenant_id, set()).add(sent.session_id)
            else:
                still.append(sent)
        self._asked = still
        return seen
