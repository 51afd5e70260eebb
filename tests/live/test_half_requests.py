"""Whoever connects and sends no whole request is let go, and so is whoever sends a head without end."""

import asyncio
import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.processes import Client, ServerProcess

TIMEOUT_S = 1.0
HEAD_BYTES = 8 * 1024
POST = b"POST /api/v1/demo/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that waits a second for a request."""
    limits = {"WHEELHOUSE_REQUEST_TIMEOUT_S": str(TIMEOUT_S), "WHEELHOUSE_HEAD_BYTES": str(HEAD_BYTES)}
    with ServerProcess(tmp_path_factory.mktemp("hasty") / "data", environment=limits) as running:
        yield running


async def connected(server: ServerProcess) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(server.url)
    return await asyncio.open_connection(address.hostname, address.port)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /health/live HTTP/1.1\r\nhost: x\r\n",
        b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n",
        POST + b"content-length: 100\r\n\r\n{",
        b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\nGET /health/live HTTP/1.1\r\n",
    ],
    ids=["nothing", "half a head", "half a handshake", "half a body", "one and a half"],
)
async def test_a_request_that_does_not_become_whole_ends_its_connection(hasty: ServerProcess, sent: bytes) -> None:
    reader, writer = await connected(hasty)
    writer.write(sent)
    async with asyncio.timeout(20):
        await reader.read()
    writer.close()


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        (b"GET /health/live HTTP/1.1\r\n", b"x-more: " + b"a" * 1000 + b"\r\n"),
        (b"GET /health/live HTTP/1.1\r\nx-endless: ", b"a" * 1000),
        (b"GET /", b"a" * 1000),
        (POST + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"x-more: " + b"a" * 1000 + b"\r\n"),
    ],
    ids=["headers", "a header", "an address", "trailers"],
)
async def test_a_head_without_end_is_not_read_on(hasty: ServerProcess, begun: bytes, more: bytes) -> None:
    reader, writer = await connected(hasty)
    writer.write(begun)
    sent = 0
    try:
        async with asyncio.timeout(20):
            while not reader.at_eof() and sent < 64 * 1024 * 1024:
                writer.write(more * 100)
                await writer.drain()
                sent += len(more) * 100
    except ConnectionError:
        pass
    finally:
        writer.close()
    assert sent < 64 * 1024 * 1024


async def test_who_has_asked_may_wait_for_the_answer_and_whoever_listens_may_be_silent(hasty: ServerProcess) -> None:
    user = f"player-{uuid4().hex[:8]}"
    token = await asyncio.to_thread(hasty.sign_in, user)
    listening = await Client.open(hasty.ws_url, token)
    await listening.ask("subscribe", channel="user")
    reader, writer = await connected(hasty)
    writer.write(
        b"GET /api/v1/events?channel=user HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n\r\n" % token.encode()
    )
    _, wheels = await asyncio.to_thread(hasty.get, "/api/v1/wheels?wheel_slug=lucky", token)
    spins = f"/api/v1/wheels/{wheels['items'][0]['id']}/spins?wait=result"
    status, _ = await asyncio.to_thread(hasty.call, "POST", spins, token=token, body={"request_id": "one"})
    assert status == 201
    assert await listening.event(lambda event: event["event"] == "spin.result")
    assert await listening.ask("ping")
    async with asyncio.timeout(20):
        await reader.readuntil(b'"event":"spin.result"')
    writer.close()
    await listening.close()


def test_a_connection_that_is_kept_waits_for_the_next_request_as_ever(hasty: ServerProcess) -> None:
    connection = http.client.HTTPConnection(urlsplit(hasty.url).netloc, timeout=10)
    for _ in range(100):
        connection.request("POST", "/api/v1/demo/sign-in", b"{}", {"content-type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    connection.close()
