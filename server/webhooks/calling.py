"""Signed calls to a tenant's own addresses, by Standard Webhooks, and what comes of them."""

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from persistence.vault import Vault
from server.webhooks.outside import AddressRefused

#: Bytes of an answer that are read.
_ANSWER_BYTES = 4096
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a secret, not one


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to. `status_code` is None when no whole answer came, and `error` then says why."""

    status_code: int | None
    body: bytes
    error: str | None
    duration_ms: int


def secret_text(secret: bytes) -> str:
    """A secret as it is shown to those who verify with it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def signing(current: bytes, previous: bytes | None, until: datetime | None) -> list[bytes]:
    """The sealed secrets that sign just now: the one before signs on until it has run out."""
    if previous is None or until is None or datetime.now(UTC) >= until:
        return [current]
    return [current, previous]


class SignedCalls:
    """Posts a tenant's messages."""

    def __init__(self, client: httpx.AsyncClient, vault: Vault, timeout_s: float) -> None:
        self._client = client
        self._vault = vault
        self._timeout_s = timeout_s

    async def post(self, tenant_id: UUID, url: str, message_id: str, body: bytes, sealed: Sequence[bytes]) -> Answer:
        """Post once, signed under each of the sealed secrets; never raises for what the other side does."""
        began = time.monotonic()
        status_code, read, error = None, b"", None
        try:
            async with asyncio.timeout(self._timeout_s):
                status_code, read = await self._post(url, body, self._headers(tenant_id, message_id, body, sealed))
        except TimeoutError:
            error = f"no answer within {self._timeout_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, AddressRefused, OSError) as failure:
            error = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
        if status_code is not None and not 200 <= status_code < 300:
            error = f"answered {status_code}"
        return Answer(status_code, read, error, round((time.monotonic() - began) * 1000))

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        async with self._client.stream("POST", url, content=body, headers=headers) as answer:
            read = b""
            async for chunk in answer.aiter_raw():
                read += chunk
                if len(read) > _ANSWER_BYTES:
                    break
            return answer.status_code, read[:_ANSWER_BYTES]

    def _headers(self, tenant_id: UUID, message_id: str, body: bytes, sealed: Sequence[bytes]) -> dict[str, str]:
        """The attempt's own moment, and a signature under each secret."""
        at = datetime.now(UTC)
        signatures = [Webhook(self._vault.open(tenant_id, one)).sign(message_id, at, body.decode()) for one in sealed]
        return {
            "content-type": "application/json",
            # So many bytes of the answer are read and no more: they are the text itself.
            "accept-encoding": "identity",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
