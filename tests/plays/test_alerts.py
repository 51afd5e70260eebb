"""Alerts: one of a rule and a subject stands at a time; every move is told and on record."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from games.alerts import PLAYER_RHYTHM, RhythmFound
from games.errors import Conflict, NotFound
from games.messages.events import AlertView
from persistence import backlog, webhooks
from server.play.alerts import Alerts
from tests.plays.conftest import House


class NobodyListens:
    """Where no node runs, what is to be told waits in the outbox."""

    def wake(self, _tenant_id: UUID) -> None:
        return


def alerts(house: House) -> Alerts:
    return Alerts(house.database, NobodyListens())  # type: ignore[arg-type]


async def trigger(house: House, subject: str = "ann", tenant_id: UUID | None = None) -> AlertView | None:
    tenant_id = tenant_id or house.tenant_id
    found = RhythmFound(house.wheel_id, subject, 60, 412.0, 0.01, 0.0)
    async with house.database.tenant(tenant_id) as connection:
        return await alerts(house).trigger(connection, tenant_id, PLAYER_RHYTHM, subject, "look here", found)


async def surely(house: House, subject: str = "ann") -> AlertView:
    raised = await trigger(house, subject)
    assert raised is not None
    return raised


async def told(house: House) -> list[str]:
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await connection.fetch("SELECT event FROM outbox WHERE channel = 'operator' ORDER BY id")
    return [row["event"] for row in rows]


async def test_one_alert_of_a_rule_and_subject_stands_however_often_it_is_found(house: House) -> None:
    found = await asyncio.gather(*(trigger(house) for _ in range(5)))
    (first,) = [one for one in found if one is not None]
    await alerts(house).acknowledge(house.tenant_id, first.id, "olga")
    assert await trigger(house) is None
    assert await trigger(house, "ben") is not None
    standing = await alerts(house).standing(house.tenant_id)
    assert [(one.alert_subject, one.alert_status) for one in standing] == [("ben", "open"), ("ann", "acknowledged")]
    assert msgspec.json.decode(first.alert_metadata)["kind"] == "rhythm"


async def test_one_that_is_resolved_may_be_raised_again_and_a_suppressed_one_when_its_time_is_over(
    house: House,
) -> None:
    await alerts(house).resolve(house.tenant_id, (await surely(house)).id, "olga", "asked them")
    ended = await alerts(house).suppress(house.tenant_id, (await surely(house)).id, "olga", "a tester", 30)
    assert (ended.alert_status, ended.end_reason, ended.ended_by) == ("suppressed", "a tester", "olga")
    assert await trigger(house) is None
    house.database.clock_offset += timedelta(days=31)
    await alerts(house).suppress(house.tenant_id, (await surely(house)).id, "olga", "for good", None)
    house.database.clock_offset += timedelta(days=10_000)
    assert await trigger(house) is None


async def test_every_move_is_told_to_staff_and_on_the_trail(house: House) -> None:
    raised = await surely(house)
    await alerts(house).acknowledge(house.tenant_id, raised.id, "olga")
    await alerts(house).resolve(house.tenant_id, raised.id, "otto", "asked them")
    assert await told(house) == ["alert.triggered", "alert.acknowledged", "alert.ended"]
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await connection.fetch(
            "SELECT action, user_id FROM audit_logs WHERE entity_id = $1 ORDER BY sequence", raised.id
        )
    assert [(row["action"], row["user_id"]) for row in rows] == [
        ("alert.triggered", None),
        ("alert.acknowledged", "olga"),
        ("alert.resolved", "otto"),
    ]
    assert await house.audit_verdict()


async def test_what_has_ended_moves_no_more_and_a_stale_version_moves_nothing(house: House) -> None:
    raised = await surely(house)
    with pytest.raises(Conflict, match="row_version 1"):
        await alerts(house).acknowledge(house.tenant_id, raised.id, "olga", 7)
    await alerts(house).acknowledge(house.tenant_id, raised.id, "olga", 1)
    with pytest.raises(Conflict, match="may become"):
        await alerts(house).acknowledge(house.tenant_id, raised.id, "otto")
    await alerts(house).resolve(house.tenant_id, raised.id, "olga", "done")
    with pytest.raises(Conflict, match="final"):
        await alerts(house).suppress(house.tenant_id, raised.id, "olga", "again", 1)


async def test_another_tenants_alert_is_not_there(house: House) -> None:
    raised = await surely(house)
    async with house.database.platform() as connection:
        other = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo-b'")
    for call in (
        alerts(house).one(other, raised.id),
        alerts(house).acknowledge(other, raised.id, "eve"),
        alerts(house).resolve(other, raised.id, "eve", "why"),
        alerts(house).one(house.tenant_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            await call
    assert await alerts(house).standing(other) == []
    assert await trigger(house, tenant_id=other) is not None


async def test_an_alert_goes_to_webhooks_that_listen_and_is_counted_while_it_stands(house: House) -> None:
    async with house.database.tenant(house.tenant_id) as connection:
        await webhooks.add_endpoint(
            connection, house.tenant_id, "https://one.example", "", ["alert.triggered"], b"sealed", "olga"
        )
    raised = await surely(house)
    async with house.database.tenant(house.tenant_id) as connection:
        (send,) = await webhooks.sends(connection, house.tenant_id, event_type="alert.triggered")
    assert msgspec.json.decode(send.payload)["alert_id"] == str(raised.id)
    assert (await backlog.read(house.database)).alerts == {(house.tenant_id, "warning", "open"): 1}
    await alerts(house).resolve(house.tenant_id, raised.id, "olga", "done")
    assert (await backlog.read(house.database)).alerts == {}
