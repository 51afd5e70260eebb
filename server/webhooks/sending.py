"""Sending one message to one endpoint, signed by Standard Webhooks, and what comes of it."""

import asyncio
import base64
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
import msgspec
from standardwebhooks import Webhook

from games.messages.webhooks import WebhookBody
from persistence.vault import Vault
from persistence.webhooks import Endpoint, Send
from server.moments import wire_time
from server.webhooks.outside import AddressRefused

#: Bytes of an answer that are read; only its status counts.
_ANSWER_BYTES = 4096
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a secret, not one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to. `status_code` is None when no answer came, and `error` then says why."""

    status_code: int | None
    error: str | None
    duration_ms: int

    @property
    def arrived(self) -> bool:
        """Any 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def gone(self) -> bool:
        """The receiver wants nothing more."""
        return self.status_code == httpx.codes.GONE


def secret_text(secret: bytes) -> str:
    """A secret as it is shown to those who verify with it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


class Sender:
    """Makes attempts."""

    def __init__(self, client: httpx.AsyncClient, vault: Vault, timeout_s: float) -> None:
        self._client = client
        self._vault = vault
        self._timeout_s = timeout_s

    async def send(self, tenant_id: UUID, message: Send, to: Endpoint) -> Outcome:
        """One attempt; never raises for what the receiver does."""
        body = msgspec.json.encode(
            WebhookBody(message.event_type, wire_time(message.message_at), msgspec.Raw(message.payload))
        )
        began = time.monotonic()
        status_code, error = None, None
        try:
            async with asyncio.timeout(self._timeout_s):
                status_code = await self._post(to.url, body, self._headers(tenant_id, message.message_id, body, to))
        except TimeoutError:
            error = f"no answer within {self._timeout_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, AddressRefused, OSError) as failure:
            error = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
        if status_code is not None and not 200 <= status_code < 300:
            error = f"answered {status_code}"
        return Outcome(status_code, error, round((time.monotonic() - began) * 1000))

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        async with self._client.stream("POST", url, content=body, headers=headers) as answer:
            read = 0
            async for chunk in answer.aiter_raw():
                read += len(chunk)
                if read > _ANSWER_BYTES:
                    break
            return answer.status_code

    def _headers(self, tenant_id: UUID, message_id: UUID, body: bytes, to: Endpoint) -> dict[str, str]:
        """The attempt's own moment, and a signature under each secret that is in use."""
        at = datetime.now(UTC)
        secrets = [to.secret_encrypted]
        if to.previous_secret_encrypted is not None and to.previous_secret_until is not None:
            secrets += [to.previous_secret_encrypted] if at < to.previous_secret_until else []
        signatures = [
            Webhook(self._vault.open(tenant_id, sealed)).sign(str(message_id), at, body.decode()) for sealed in secrets
        ]
        return {
            "content-type": "application/json",
            "webhook-id": str(message_id),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
