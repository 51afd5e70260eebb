"""REST: webhook endpoints, and the log of what was sent to them."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post

from games.errors import NotFound
from games.ids import parse_uuid
from persistence.webhooks import Endpoint, Send
from server.api.access import tenant_of
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.auth.tokens import Caller
from server.moments import wire_time, wire_time_or_none
from server.webhooks.hooks import Webhooks

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
EventTypes = Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]
Description = Annotated[str, msgspec.Meta(max_length=200)]


class EndpointBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new endpoint."""

    url: Url
    event_types: EventTypes
    description: Description = ""


class EndpointChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    url: Url | None = None
    event_types: EventTypes | None = None
    description: Description | None = None
    endpoint_status: Literal["active", "disabled"] | None = None
    row_version: int | None = None


class EndpointView(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An endpoint. `secret` is there only in the answer that made it."""

    id: UUID
    url: str
    description: str
    event_types: list[str]
    endpoint_status: str
    row_version: int
    created_by: str
    created_at: str
    updated_at: str
    previous_secret_until: str | None = None
    secret: str | None = None


class SendView(msgspec.Struct, frozen=True):
    """A message's way to an endpoint. `webhook_id` is the `webhook-id` of every attempt."""

    id: UUID
    webhook_id: UUID
    webhook_endpoint_id: UUID
    event_type: str
    data: msgspec.Raw
    send_status: str
    attempts: int
    next_attempt_at: str | None
    last_status_code: int | None
    last_error: str | None
    last_duration_ms: int | None
    confirmed_at: str | None
    created_at: str


class TestOutcome(msgspec.Struct, frozen=True):
    """What a test came to."""

    arrived: bool
    status_code: int | None
    error: str | None
    duration_ms: int


class WebhookEndpointController(Controller):
    """/api/v1/webhook-endpoints."""

    path = "/api/v1/webhook-endpoints"
    tags = ["webhooks"]

    @get("/", summary="Where the tenant is told")
    async def list_endpoints(
        self, caller: Caller, webhooks: Webhooks, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[EndpointView]:
        tenant_id = tenant_of(caller, "operator", "auditor")
        found = await webhooks.endpoints(tenant_id, after(cursor), limit + 1)
        page, following = cut(found, limit)
        return Page([_endpoint(one) for one in page], following)

    @post("/", summary="Make an endpoint; its secret is shown this once")
    async def add(self, caller: Caller, webhooks: Webhooks, data: EndpointBody) -> EndpointView:
        tenant_id = tenant_of(caller, "operator")
        made, secret = await webhooks.add(tenant_id, data.url, data.description, data.event_types, caller.user_id)
        return _endpoint(made, secret)

    @get("/{endpoint_id:str}", summary="One endpoint")
    async def one(self, caller: Caller, webhooks: Webhooks, endpoint_id: str) -> Response[EndpointView]:
        found = await webhooks.endpoint(tenant_of(caller, "operator", "auditor"), _endpoint_id(endpoint_id))
        return Response(_endpoint(found), headers={"etag": f'"{found.row_version}"'})

    @patch("/{endpoint_id:str}", summary="Change an endpoint, or switch it off and on")
    async def change(
        self,
        caller: Caller,
        webhooks: Webhooks,
        endpoint_id: str,
        data: EndpointChange,
        if_match: IfMatch = None,
    ) -> EndpointView:
        tenant_id = tenant_of(caller, "operator")
        version = row_version(data.row_version, if_match)
        changes = {key: value for key, value in msgspec.structs.asdict(data).items() if value is not None}
        changes.pop("row_version", None)
        changed = await webhooks.change(tenant_id, _endpoint_id(endpoint_id), changes, version, caller.user_id)
        return _endpoint(changed)

    @post("/{endpoint_id:str}/rotate", status_code=200, summary="A new secret; the old one signs on for a while")
    async def rotate(self, caller: Caller, webhooks: Webhooks, endpoint_id: str) -> EndpointView:
        tenant_id = tenant_of(caller, "operator")
        changed, secret = await webhooks.rotate(tenant_id, _endpoint_id(endpoint_id), caller.user_id)
        return _endpoint(changed, secret)

    @post("/{endpoint_id:str}/test", status_code=200, summary="Send `ping` now, and tell what came of it")
    async def test(self, caller: Caller, webhooks: Webhooks, endpoint_id: str) -> TestOutcome:
        outcome = await webhooks.test(tenant_of(caller, "operator"), _endpoint_id(endpoint_id))
        return TestOutcome(outcome.arrived, outcome.status_code, outcome.error, outcome.duration_ms)


class WebhookController(Controller):
    """/api/v1/webhooks: the log of what was sent."""

    path = "/api/v1/webhooks"
    tags = ["webhooks"]

    @get("/", summary="What was sent, newest first")
    async def list_sends(
        self,
        caller: Caller,
        webhooks: Webhooks,
        webhook_endpoint_id: UUID | None = None,
        send_status: str | None = None,
        event_type: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[SendView]:
        tenant_id = tenant_of(caller, "operator", "auditor")
        found = await webhooks.sends(
            tenant_id,
            endpoint_id=webhook_endpoint_id,
            status=send_status,
            event_type=event_type,
            before=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page([_send(one) for one in page], following)

    @post("/{send_id:str}/replay", status_code=200, summary="Send again, under the same webhook-id")
    async def replay(self, caller: Caller, webhooks: Webhooks, send_id: str) -> SendView:
        tenant_id = tenant_of(caller, "operator")
        found = parse_uuid(send_id, NotFound("There is no such webhook."))
        return _send(await webhooks.replay(tenant_id, found, caller.user_id))


def _endpoint_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such webhook endpoint."))


def _endpoint(one: Endpoint, secret: str | None = None) -> EndpointView:
    return EndpointView(
        id=one.id,
        url=one.url,
        description=one.description,
        event_types=one.event_types,
        endpoint_status=one.endpoint_status,
        row_version=one.row_version,
        created_by=one.created_by,
        created_at=wire_time(one.created_at),
        updated_at=wire_time(one.updated_at),
        previous_secret_until=wire_time_or_none(one.previous_secret_until),
        secret=secret,
    )


def _send(one: Send) -> SendView:
    return SendView(
        id=one.id,
        webhook_id=one.message_id,
        webhook_endpoint_id=one.endpoint_id,
        event_type=one.event_type,
        data=msgspec.Raw(one.payload),
        send_status=one.send_status,
        attempts=one.attempts,
        next_attempt_at=wire_time_or_none(one.next_attempt_at),
        last_status_code=one.last_status_code,
        last_error=one.last_error,
        last_duration_ms=one.last_duration_ms,
        confirmed_at=wire_time_or_none(one.confirmed_at),
        created_at=wire_time(one.message_at),
    )
