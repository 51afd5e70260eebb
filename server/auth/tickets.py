"""Tickets: a browser's event stream can send no header, so it shows a ticket in its address that is good once.

What stands in an address is seen by proxies and histories; a ticket is worth nothing there. Redis keeps whom it stands
for under its digest, and hands that out to the first who asks, on whichever node.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from channels.broker import Broker
from channels.channel import once_key
from channels.servers import BrokerUnavailable
from games.errors import Unauthorized, Unavailable
from server.auth.tenants import Tenants
from server.auth.tokens import Caller

_PREFIX: Final = "wht_"
_NOT_GOOD: Final = "The ticket has been used, has expired or is for another channel. Ask for a new one."
_AWAY: Final = "Tickets cannot be had just now. Try again in a moment, or send the token as a header."


class _Held(msgspec.Struct, frozen=True):
    """Whom a ticket stands for, and where."""

    caller: Caller
    channel: str


class Tickets:
    """Gives tickets out and takes them back. `life_s`: how long one may be used; `now`: the server's time."""

    def __init__(self, broker: Broker, tenants: Tenants, life_s: float, now: Callable[[], datetime]) -> None:
        self._broker = broker
        self._tenants = tenants
        self._life_s = life_s
        self._now = now

    async def make(self, caller: Caller, channel: str) -> tuple[str, datetime]:
        """A ticket for one stream of a channel, and when it ends; raises `Unavailable` when Redis is away."""
        ticket = _PREFIX + secrets.token_urlsafe(32)
        try:
            await self._broker.keep_once(_key(ticket), msgspec.json.encode(_Held(caller, channel)), self._life_s)
        except BrokerUnavailable as error:
            raise Unavailable(_AWAY) from error
        return ticket, self._now() + timedelta(seconds=self._life_s)

    async def redeem(self, ticket: str, channel: str) -> Caller:
        """Whom a ticket stands for; it is used up then. Raises `Unauthorized`, and `Unavailable` with Redis away."""
        try:
            kept = await self._broker.take_once(_key(ticket))
        except BrokerUnavailable as error:
            raise Unavailable(_AWAY) from error
        if kept is None:
            raise Unauthorized(_NOT_GOOD)
        held = msgspec.json.decode(kept, type=_Held)
        if held.channel != channel or held.caller.expires_at <= self._now():
            raise Unauthorized(_NOT_GOOD)
        await self._tenants.still_believed(held.caller)
        return held.caller


def _key(ticket: str) -> bytes:
    return once_key("ticket", hashlib.sha256(ticket.encode()).hexdigest())
