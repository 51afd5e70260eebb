"""Calls to addresses that tenants name: never to this machine or its network, whatever a name resolves to."""

import asyncio
import ipaddress
import socket

import httpx

from games.errors import BadRequest, Fault


class AddressRefused(Exception):
    """The address is one that must not be called; the message says why and what would do."""


class OutsideTransport(httpx.AsyncBaseTransport):
    """Resolves a name once, checks every address it has, and calls the one that was checked.

    So a name cannot point elsewhere between the look and the call. `private` lets all addresses be called.
    """

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpx.AsyncHTTPTransport(retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises `AddressRefused`, or what httpx raises."""
        if not self._private:
            host = request.url.host
            address = await _checked_address(host, request.url.port or (443 if request.url.scheme == "https" else 80))
            request.extensions["sni_hostname"] = host
            request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._inner.aclose()


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
    except (AddressRefused, OSError) as error:
        raise _refused(path, str(error)) from error


def _refused(path: str, told: str) -> BadRequest:
    return BadRequest("This address cannot be called.", faults=[Fault(path, told)])


async def _checked_address(host: str, port: int) -> str:
    """The first address of a host, all of whose addresses are public."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        known = ipaddress.ip_address(address.partition("%")[0])
        mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
        if not (mapped or known).is_global or known.is_multicast:
            raise AddressRefused(f"{host} is at {address}, which is not a public address")
    return addresses[0]
