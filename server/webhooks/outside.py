"""Calls to addresses that tenants name: never to this machine or its network, whatever a name resolves to."""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpcore
import httpx

from games.errors import BadRequest, Fault

#: What of IPv6 is handed out to anybody (IANA, IPv6 Global Unicast Address Assignments).
_UNICAST: Final = IPv6Network("2000::/3")
#: Of it, addresses that only carry an IPv4 address to a relay (6to4).
_CARRIED: Final = IPv6Network("2002::/16")
#: IPv4 addresses as a network without IPv4 sees them (RFC 6052): as public as what they stand for.
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The address is one that must not be called; the message says why and what would do."""


class OutsideTransport(httpx.AsyncHTTPTransport):
    """Resolves a name as it connects, checks every address it has, and connects to the one that was checked.

    So a name cannot point elsewhere between the look and the call. Connections are kept by name: one whose certificate
    was good for a name is used for no other at the same address. `private` lets all addresses be called.
    """

    def __init__(self, *, private: bool) -> None:
        super().__init__(retries=0)
        if not private:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=httpx.create_ssl_context(),
                max_connections=100,
                max_keepalive_connections=20,
                keepalive_expiry=5.0,
                network_backend=_CheckedNetwork(),
            )


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as its port has it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises `AddressRefused`, or what httpcore raises."""
        address = await _checked_address(host, port)
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait, as between two tries."""
        await self._network.sleep(seconds)


def outside_client(*, private: bool, timeout_s: float) -> httpx.AsyncClient:
    """A client for tenants' addresses: no redirects, no proxy, no cookies kept from one tenant for another."""
    return httpx.AsyncClient(
        transport=OutsideTransport(private=private),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": "Wheelhouse"},
    )


async def check_url(url: str, path: str, *, private: bool) -> None:
    """Raise `BadRequest` unless `url` may be called; `path`: where it stands in the body."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _refused(path, f"is no URL: {error}") from error
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise _refused(path, "must be an https:// address")
    if parsed.userinfo or parsed.fragment:
        raise _refused(path, "must hold neither a login nor a fragment")
    if private:
        return
    if parsed.scheme != "https":
        raise _refused(path, "must be an https:// address: what is sent there is nobody else's to read")
    try:
        await _checked_address(parsed.host, parsed.port or 443)
    except AddressRefused as error:
        raise _refused(path, str(error)) from error
    except OSError as error:
        raise _refused(
            path, f"{parsed.host} has no address that is known here: write the name as it is in DNS"
        ) from error


def _refused(path: str, told: str) -> BadRequest:
    return BadRequest("This address cannot be called.", faults=[Fault(path, told)])


async def _checked_address(host: str, port: int) -> str:
    """The first address of a host, all of whose addresses are public."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if not is_public(address):
            raise AddressRefused(f"{host} is at {address}, which is not a public address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet's, and leads to no other kind by the way that it is written."""
    known: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address):
        stood_for = known.ipv4_mapped
        if known in _TRANSLATED:
            stood_for = IPv4Address(int(known) & 0xFFFF_FFFF)
        if stood_for is None:
            return known in _UNICAST and known not in _CARRIED and known.is_global
        known = stood_for
    return known.is_global and not known.is_multicast
