"""What a tenant names is called on the Internet only, over a connection that was made for that name."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from games.errors import BadRequest
from server.webhooks import outside
from server.webhooks.outside import AddressRefused, check_url, is_public, outside_client


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        # IPv4 addresses in other clothes: translated, mapped, compatible, carried by 6to4
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "fec0::1",
        "fe80::1%eth0",
        "ff02::1",
    ],
)
def test_an_address_of_this_machine_or_its_network_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_an_address_of_the_internet_is_public_also_where_ipv4_is_translated(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "[64:ff9b::7f00:1]"])
async def test_what_a_name_leads_to_is_judged_again_as_it_is_called(host: str) -> None:
    async with outside_client(private=False, timeout_s=5) as client:
        with pytest.raises(AddressRefused):
            await client.post(f"http://{host}:9/", content=b"{}")


async def test_a_name_that_leads_nowhere_is_refused_in_words() -> None:
    with pytest.raises(BadRequest) as refused:
        await check_url("https://nowhere.invalid/hook", "$.url", private=False)
    (fault,) = refused.value.faults
    assert (fault.path, "Errno" in fault.message) == ("$.url", False)
    assert "nowhere.invalid" in fault.message


async def test_a_connection_made_for_one_name_is_used_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "is_public", lambda _: True)
    async with answering() as (port, hosts), outside_client(private=False, timeout_s=5) as client:
        for name in ("127.1", "127.0.0.1", "127.1"):
            answer = await client.post(f"http://{name}:{port}/", content=b"{}")
            assert answer.status_code == httpx.codes.NO_CONTENT
    assert sorted(hosts) == [["127.0.0.1"], ["127.1", "127.1"]]


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[int, list[list[str]]]]:
    """A receiver's port, and for each connection to it whom it was asked for."""
    connections: list[list[str]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: list[str] = []
        connections.append(asked)
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode().lower():
                asked.append(head.split("host: ")[1].split(":")[0])
                await reader.readexactly(2)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield server.sockets[0].getsockname()[1], connections
