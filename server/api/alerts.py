"""REST: alerts, for staff."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import QueryParameter

from games.alerts import Severity
from games.errors import NotFound
from games.ids import parse_uuid
from games.lifecycles import AlertStatus
from games.messages.events import AlertView
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.auth.tokens import Caller
from server.play.alerts import Alerts

Status = Annotated[AlertStatus | None, QueryParameter(description="`open`: those that nobody has seen to.")]
Grave = Annotated[Severity | None, QueryParameter(description="How soon somebody should look.")]
Rule = Annotated[str | None, QueryParameter(description="The rule that raised it: `player_rhythm`, …", max_length=200)]
Kind = Annotated[str | None, QueryParameter(description="What kind of rule: `anti_cheat`, …", max_length=64)]

Reason = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, examples=["Asked the player, who plays with a switch device."])
]


class ResolveBody(msgspec.Struct, forbid_unknown_fields=True):
    """What was found, and done."""

    reason: Reason


class SuppressBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why nobody needs to hear of it for so many days; without `days`, never again."""

    reason: Reason
    days: Annotated[int, msgspec.Meta(ge=1, le=3660)] | None = None


class AlertController(Controller):
    """/api/v1/alerts."""

    path = "/api/v1/alerts"
    tags = ["alerts"]

    @get("/", summary="Alerts, newest first")
    async def list_alerts(
        self,
        caller: Caller,
        alerts: Alerts,
        alert_status: Status = None,
        alert_severity: Grave = None,
        alert_name: Rule = None,
        alert_type: Kind = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[AlertView]:
        found = await alerts.page(
            tenant_of(caller, "operator", "auditor"),
            status=alert_status,
            severity=alert_severity,
            name=alert_name,
            kind=alert_type,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page(list(page), following)

    @get("/{alert_id:str}", summary="One alert")
    async def one_alert(self, caller: Caller, alerts: Alerts, alert_id: str) -> AlertView:
        return await alerts.one(tenant_of(caller, "operator", "auditor"), _alert_id(alert_id))

    @post("/{alert_id:str}/acknowledge", status_code=200, summary="Say that you see to an alert")
    @idempotent
    async def acknowledge(self, caller: Caller, alerts: Alerts, alert_id: str, if_match: IfMatch = None) -> AlertView:
        tenant_id = tenant_of(caller, "operator")
        return await alerts.acknowledge(tenant_id, _alert_id(alert_id), caller.user_id, _version(if_match))

    @post("/{alert_id:str}/resolve", status_code=200, summary="End an alert that has been seen to")
    @idempotent
    async def resolve(
        self, caller: Caller, alerts: Alerts, alert_id: str, data: ResolveBody, if_match: IfMatch = None
    ) -> AlertView:
        tenant_id = tenant_of(caller, "operator")
        return await alerts.resolve(tenant_id, _alert_id(alert_id), caller.user_id, data.reason, _version(if_match))

    @post("/{alert_id:str}/suppress", status_code=200, summary="End an alert, and raise it no more for a time")
    @idempotent
    async def suppress(
        self, caller: Caller, alerts: Alerts, alert_id: str, data: SuppressBody, if_match: IfMatch = None
    ) -> AlertView:
        return await alerts.suppress(
            tenant_of(caller, "operator"),
            _alert_id(alert_id),
            caller.user_id,
            data.reason,
            data.days,
            _version(if_match),
        )


def _version(if_match: str | None) -> int | None:
    return None if if_match is None else row_version(None, if_match)


def _alert_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such alert."))


_ALERT: Final = {
    "id": "01a20712-63dc-7d8d-9d0c-1ad1c1a0b0f3",
    "alert_name": "player_win_rate",
    "alert_severity": "critical",
    "alert_status": "open",
    "alert_message": "player-7 has hit 94 times in 200 spins of lucky; its odds give 0.25.",
    "triggered_at": "2026-11-23T10:31:07.512Z",
    "alert_type": "anti_cheat",
    "alert_subject": "01a206a6-a28d-79d3-915b-29cfa642e2a3 player-7",
    "alert_condition": "a player hits more often than the published odds of the wheel's version explain",
    "alert_metadata": {
        "kind": "win_rate",
        "wheel_id": "01a206a6-a28d-79d3-915b-29cfa642e2a3",
        "wheel_version_id": "01a206a6-a28d-7a11-8c4e-0f2f6f1f3a55",
        "user_id": "player-7",
        "spins": 200,
        "hits": 94,
        "hit_rate": 0.47,
        "published_hit_rate": 0.25,
        "evidence_log10": 8.54,
    },
    "acknowledged_at": None,
    "acknowledged_by": None,
    "ended_at": None,
    "ended_by": None,
    "end_reason": None,
    "suppressed_until": None,
    "row_version": 1,
}

#: Of the types that this module's routes take and answer.
ALERT_EXAMPLES: Final[dict[type, object]] = {
    AlertView: _ALERT,
    ResolveBody: {"reason": "The player's account was shared; it is blocked now."},
    SuppressBody: {"reason": "A tester of ours.", "days": 30},
}
