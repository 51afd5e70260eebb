"""Sending one message to one endpoint, and what comes of it."""

from dataclasses import dataclass
from uuid import UUID

import httpx
import msgspec

from games.messages.webhooks import WebhookBody
from persistence.webhooks import Endpoint, Send
from server.moments import wire_time
from server.webhooks.calling import SignedCalls, signing


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


class Sender:
    """Makes attempts."""

    def __init__(self, calls: SignedCalls) -> None:
        self._calls = calls

    async def send(self, tenant_id: UUID, message: Send, to: Endpoint) -> Outcome:
        """One attempt; never raises for what the receiver does."""
        body = msgspec.json.encode(
            WebhookBody(message.event_type, wire_time(message.message_at), msgspec.Raw(message.payload))
        )
        secrets = signing(to.secret_encrypted, to.previous_secret_encrypted, to.previous_secret_until)
        answer = await self._calls.post(tenant_id, to.url, str(message.message_id), body, secrets)
        return Outcome(answer.status_code, answer.error, answer.duration_ms)
