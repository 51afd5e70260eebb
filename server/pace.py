"""How much may be asked for in a second, over all nodes: by whom, of what. One table, read by code, docs and tests."""

import math
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple
from uuid import UUID

from channels.buckets import Buckets, Rate
from channels.channel import bucket_key
from games.errors import RateLimited
from server.settings import Settings

_COMMANDS: Final = frozenset({"connect", "refresh", "subscribe", "unsubscribe", "presence", "spin"})


class Limit(NamedTuple):
    """A setting, whom it holds for (`user`, `address` or `tenant`), and what is counted."""

    setting: str
    subject: str
    counted: frozenset[str]


#: Every limit on how much is asked for. What is counted: commands of the websocket by their type, `write`, a REST call
#: that is not a GET, and `play`, a spin by REST. The narrowest come first: what they refuse costs the wider nothing.
LIMITS: Final = (
    Limit("user_spins_per_second", "user", frozenset({"spin", "play"})),
    Limit("user_commands_per_second", "user", _COMMANDS),
    Limit("user_writes_per_second", "user", frozenset({"write"})),
    Limit("address_connects_per_second", "address", frozenset({"connect"})),
    Limit("address_commands_per_second", "address", _COMMANDS | {"write"}),
    Limit("tenant_commands_per_second", "tenant", _COMMANDS | {"write"}),
)


class Pace:
    """Lets through what is within the limits."""

    def __init__(self, settings: Settings, buckets: Buckets) -> None:
        self.buckets = buckets
        self._of: dict[tuple[str, str], list[tuple[str, Rate]]] = {}
        for limit in LIMITS:
            per_s = float(getattr(settings, limit.setting))
            for counted in limit.counted:
                self._of.setdefault((counted, limit.subject), []).append(
                    (limit.setting, Rate(per_s, per_s * settings.rate_burst_s))
                )

    async def spend(
        self, counted: str, *, tenant_id: UUID | None = None, user_id: str | None = None, address: str | None = None
    ) -> None:
        """Count one; raises `RateLimited` with the time after which to try again. Waits for Redis only when it must."""
        if user_id is not None:
            await self._spend(counted, "user", f"{tenant_id}/{user_id}")
        if address is not None:
            await self._spend(counted, "address", network(address))
        if tenant_id is not None:
            await self._spend(counted, "tenant", str(tenant_id))

    async def _spend(self, counted: str, kind: str, subject: str) -> None:
        for setting, rate in self._of.get((counted, kind), ()):
            key = bucket_key(setting, subject)
            wait_s = self.buckets.take_now(key, rate)
            if wait_s is None:
                wait_s = await self.buckets.take(key, rate)
            if wait_s:
                whose = "your address" if kind == "address" else f"this {kind}"
                raise RateLimited(
                    f"Too much at once for {whose}. Wait, then go on.", retry_after_ms=math.ceil(wait_s * 1000)
                )


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that a household's IPv6 addresses are in."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
