"""A platform as a process of its own: python -m tests.platform_side FOLDER PORT SEED SHARE LATE_S WRONGS

It has the wallet of docs/wallet-api.md and a receiver of webhooks, and misbehaves with SHARE of the calls in one of
WRONGS (separated by commas; all when empty). Calls about a
user whose id begins with `hold-before` or `hold-after` are held, before or after the work, until `POST /release`.
"""

import asyncio
import json
import signal
import sys
from collections import Counter
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.platform_side.books import Books, Refused
from tests.platform_side.manners import WRONGS, Manners

REASONS = {200: "OK", 204: "No Content", 401: "Unauthorized", 404: "Not Found", 409: "Conflict", 500: "Oh"}


class Platform:
    """Answers one call at a time on each connection."""

    def __init__(self, folder: Path, manners: Manners, late_s: float) -> None:
        self._books = Books(folder / "books.sqlite")
        self._manners = manners
        self._late_s = late_s
        self._turns: Counter[str] = Counter()
        self._released = asyncio.Event()
        self._held = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split()[1]
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if path.startswith("/control/"):
            self._write(writer, *self._control(path, body))
            return True
        call_id = headers.get("webhook-id", "")
        self._turns[call_id] += 1
        wrong = self._manners.of(call_id, self._turns[call_id])
        if wrong == "broken":
            self._write(writer, 500, b"oh")
            return True
        status, answer = await self._work(path, headers, body)
        if wrong == "lost":
            return False
        if wrong == "late":
            await asyncio.sleep(self._late_s)
        if wrong == "broken_after":
            status, answer = 500, b"oh"
        self._write(writer, status, answer)
        if wrong == "twice":
            self._write(writer, status, answer)
        return True

    async def _work(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        secret = self._books.kept("webhook_secret" if path == "/hook" else "wallet_secret")
        try:
            asked = Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            return 401, b"{}"
        user_id = asked.get("user_id") or asked.get("data", {}).get("user_id", "")
        await self._hold(user_id, "hold-before")
        answer = self._do(path, headers["webhook-id"], asked, body)
        await self._hold(user_id, "hold-after")
        return answer

    def _do(self, path: str, call_id: str, asked: dict[str, str], body: bytes) -> tuple[int, bytes]:
        match path:
            case "/hook":
                self._books.tell(call_id, asked, body.decode())
                return 204, b""
            case "/wallet/credit" | "/wallet/debit":
                try:
                    amount = self._books.move(path.rpartition("/")[2], asked)
                except Refused as refused:
                    return 409, json.dumps({"code": str(refused)}).encode()
                return 200, json.dumps({"transaction_id": asked["transaction_id"], "amount": str(amount)}).encode()
            case "/wallet/rollback":
                self._books.roll_back(asked["transaction_id"])
                return 200, json.dumps({"transaction_id": asked["transaction_id"]}).encode()
        return 404, b"{}"

    async def _hold(self, user_id: str, mark: str) -> None:
        if user_id.startswith(mark) and not self._released.is_set():
            self._held += 1
            await self._released.wait()

    def _control(self, path: str, body: bytes) -> tuple[int, bytes]:
        match path.removeprefix("/control/").split("/"):
            case ["keep", name]:
                self._books.keep(name, body.decode())
            case ["held"]:
                return 200, str(self._held).encode()
            case ["calls"]:
                return 200, str(self._turns.total()).encode()
            case ["hold"]:
                self._released.clear()
                self._held = 0
            case ["release"]:
                self._released.set()
            case ["share", share]:
                self._manners = Manners(self._manners.seed, float(share), self._manners.wrongs)
        return 204, b""

    def _write(self, writer: asyncio.StreamWriter, status: int, answer: bytes) -> None:
        length = "" if status == 204 else f"content-length: {len(answer)}\r\n"
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\n{length}\r\n"
        writer.write(head.encode() + answer)


async def main(folder: Path, port: int, manners: Manners, late_s: float) -> None:
    platform = Platform(folder, manners, late_s)
    server = await asyncio.start_server(platform.serve, "127.0.0.1", port)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    await ended.wait()


if __name__ == "__main__":
    folder, port, seed, share, late_s, wrongs = sys.argv[1:]
    manners = Manners(int(seed), float(share), tuple(wrongs.split(",")) if wrongs else WRONGS)
    asyncio.run(main(Path(folder), int(port), manners, float(late_s)))
