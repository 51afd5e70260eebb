"""Wheels as operators change them: one state machine, versions between spins, nothing lost (domain.md, Wheels)."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from games.errors import BadRequest, Conflict, NotFound, WheelClosed, WheelhouseError
from games.lifecycles import WHEEL
from games.wheel.config import SpinConfig, WheelConfig
from games.wheel.offer import PlannedReward
from persistence import outbox, wheel_changes
from persistence.spin_states import Committed, SpinRequest
from server.play.lobby import Lobby, ShownWheel
from server.play.wheels import Wheels
from tests.plays.conftest import House
from tests.plays.test_claims import NobodyListens


def reward(slug: str, weight: int = 1, **fields: Any) -> PlannedReward:
    fields.setdefault("reward_type", "none")
    return PlannedReward(reward_slug=slug, reward_label=slug.title(), weight=weight, **fields)


SET = [reward("coin", reward_type="cash", reward_detail={"amount": "1", "currency": "EUR"}), reward("nothing", 3)]


def wheels(house: House) -> Wheels:
    return Wheels(house.database, Lobby(house.database, house.versions), NobodyListens())  # type: ignore[arg-type]


async def draft(house: House, rewards: list[PlannedReward] | None = None, **fields: Any) -> ShownWheel:
    values: dict[str, Any] = {"wheel_name": "Reef", "wheel_slug": "reef", "wheel_config": WheelConfig(size=1000)}
    values["spin_config"] = SpinConfig(duration_ms=100, turning_per_player=1000)
    return await wheels(house).make(house.tenant_id, {**values, **fields}, SET if rewards is None else rewards, "olga")


async def now(house: House) -> Any:
    async with house.database.tenant(house.tenant_id) as connection:
        return await connection.fetchval("SELECT clock_timestamp() + $1::interval", house.database.clock_offset)


async def events(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await outbox.unpublished(connection, house.tenant_id)
    return [(row["channel"], row["event"], msgspec.json.decode(row["payload"])) for row in rows]


async def test_only_the_moves_of_the_table_are_made_and_every_other_is_a_conflict(house: House) -> None:
    operator = wheels(house)
    ways = {
        "draft": (),
        "scheduled": ("scheduled",),
        "active": ("active",),
        "paused": ("active", "paused"),
        "ended": ("active", "ended"),
        "archived": ("active", "ended", "archived"),
    }
    assert set(ways) == set(WHEEL.statuses)
    soon = await now(house) + timedelta(hours=1)
    for at, way in ways.items():
        for to in WHEEL.statuses:
            wheel = await draft(house, wheel_slug=f"from-{at}-to-{to}", opens_at=soon)
            for step in way:
                await operator.move(house.tenant_id, wheel.id, step, "olga")
            try:
                moved = await operator.move(house.tenant_id, wheel.id, to, "olga")
            except Conflict:
                assert not WHEEL.may(at, to), (at, to)
            else:
                assert WHEEL.may(at, to), (at, to)
                assert moved.view.wheel_status == to


async def test_opening_names_every_fault_at_once_and_leaves_the_draft_as_it_was(house: House) -> None:
    wheel = await draft(house, [], closes_at=await now(house) - timedelta(hours=1))
    with pytest.raises(BadRequest) as refused:
        await wheels(house).move(house.tenant_id, wheel.id, "scheduled", "olga")
    assert {fault.path for fault in refused.value.faults} == {"$.opens_at", "$.closes_at", "$.rewards"}
    async with house.database.tenant(house.tenant_id) as connection:
        again = await Lobby(house.database, house.versions).shown(connection, house.tenant_id, wheel.id)
    assert (again.view.wheel_status, again.view.version_number) == ("draft", None)


async def test_a_change_of_a_live_wheel_is_a_new_version_from_the_next_spin_on_and_is_told(
    house: House,
) -> None:
    operator = wheels(house)
    wheel = await draft(house)
    opened = await operator.move(house.tenant_id, wheel.id, "active", "olga")
    assert opened.view.version_number == 1
    await house.give("ana", 5)
    (before,) = await house.commit([SpinRequest("ana", wheel.id, "a")])
    changed = await operator.change(house.tenant_id, wheel.id, {}, [reward("nothing")], opened.view.row_version, "olga")
    assert changed.view.version_number == 2
    assert changed.view.config_digest != opened.view.config_digest
    house.database.clock_offset += timedelta(seconds=10)
    await house.complete([before])
    (after,) = await house.commit([SpinRequest("ana", wheel.id, "b")])
    assert isinstance(before, Committed)
    assert isinstance(after, Committed)
    assert [house.versions[one.play.version_id].number for one in (before, after)] == [1, 2]
    told = await events(house)
    assert [(channel.split(":")[0], event, data["version_number"]) for channel, event, data in told] == [
        ("tenant", "game.opened", 1),
        ("wheel", "game.opened", 1),
        ("tenant", "game.changed", 2),
        ("wheel", "game.changed", 2),
    ]
    assert await house.audit_verdict()


async def test_a_change_waits_for_the_spins_that_are_being_written(
    house: House,
) -> None:
    operator = wheels(house)
    wheel = await draft(house)
    await operator.move(house.tenant_id, wheel.id, "active", "olga")
    await house.give("ana", 2)
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("SELECT FROM audit_heads FOR UPDATE")
        spinning = asyncio.create_task(house.commit([SpinRequest("ana", wheel.id, "a")]))
        await house.until_somebody_waits_for_a_lock()
        changing = asyncio.create_task(operator.change(house.tenant_id, wheel.id, {}, [reward("nothing")], None, "o"))
        await house.until_somebody_waits_for_a_lock(2)
    (outcome,), changed = await asyncio.gather(spinning, changing)
    assert isinstance(outcome, Committed)
    assert house.versions[outcome.play.version_id].number == 1
    assert changed.view.version_number == 2


async def test_a_stale_row_version_is_a_conflict_and_nothing_changes(house: House) -> None:
    operator = wheels(house)
    wheel = await draft(house)
    await operator.change(house.tenant_id, wheel.id, {"wheel_name": "Atoll"}, None, wheel.view.row_version, "olga")
    with pytest.raises(Conflict, match="has changed since you read it"):
        await operator.change(house.tenant_id, wheel.id, {"wheel_name": "Lagoon"}, None, wheel.view.row_version, "o")


async def test_what_was_retired_is_never_offered_again_under_its_slug_once_it_was_published(house: House) -> None:
    operator = wheels(house)
    wheel = await draft(house)
    one = await operator.change(house.tenant_id, wheel.id, {}, [reward("nothing")], None, "olga")
    both = await operator.change(house.tenant_id, wheel.id, {}, SET, None, "olga")
    assert ([r.reward_slug for r in one.rewards], len(both.rewards)) == (["nothing"], 2)
    await operator.move(house.tenant_id, wheel.id, "active", "olga")
    await operator.change(house.tenant_id, wheel.id, {}, [reward("nothing")], None, "olga")
    with pytest.raises(BadRequest) as refused:
        await operator.change(house.tenant_id, wheel.id, {}, SET, None, "olga")
    assert [fault.path for fault in refused.value.faults] == ["$.rewards[0].reward_slug"]


async def test_what_a_published_set_leaves_out_is_retired_and_what_a_draft_leaves_out_is_not(house: House) -> None:
    operator = wheels(house)
    wheel = await draft(house)

    async def statuses() -> dict[str, tuple[str, bool]]:
        query = "SELECT reward_slug, reward_status, is_active FROM wheel_rewards WHERE wheel_game_id = $1"
        async with house.database.tenant(house.tenant_id) as connection:
            rows = await connection.fetch(query, wheel.id)
        return {row["reward_slug"]: (row["reward_status"], row["is_active"]) for row in rows}

    await operator.change(house.tenant_id, wheel.id, {}, [reward("nothing")], None, "olga")
    assert await statuses() == {"coin": ("active", False), "nothing": ("active", True)}
    await operator.change(house.tenant_id, wheel.id, {}, SET, None, "olga")
    await operator.move(house.tenant_id, wheel.id, "active", "olga")
    async with house.database.tenant(house.tenant_id) as connection:
        depleted = (
            "UPDATE wheel_rewards SET reward_status = 'depleted' WHERE wheel_game_id = $1 AND reward_slug = 'coin'"
        )
        await connection.execute(depleted, wheel.id)
    await operator.change(house.tenant_id, wheel.id, {}, [reward("nothing"), reward("shell")], None, "olga")
    assert await statuses() == {"coin": ("retired", False), "nothing": ("active", True), "shell": ("active", True)}
    await operator.change(house.tenant_id, wheel.id, {}, [reward("shell")], None, "olga")
    assert await statuses() == {"coin": ("retired", False), "nothing": ("retired", False), "shell": ("active", True)}


async def test_the_terms_of_a_wheel_that_has_ended_stand(house: House) -> None:
    operator = wheels(house)
    wheel = await draft(house)
    for to in ("active", "ended"):
        await operator.move(house.tenant_id, wheel.id, to, "olga")
    renamed = await operator.change(house.tenant_id, wheel.id, {"wheel_name": "Old reef"}, None, None, "olga")
    assert renamed.view.wheel_name == "Old reef"
    with pytest.raises(Conflict, match="rewards can change no more"):
        await operator.change(house.tenant_id, wheel.id, {}, SET, None, "olga")


async def test_a_wheel_opens_and_ends_by_the_clock_and_takes_spins_only_between(house: House) -> None:
    operator = wheels(house)
    opens = await now(house) + timedelta(hours=1)
    wheel = await draft(house, opens_at=opens, closes_at=opens + timedelta(hours=1))
    await operator.move(house.tenant_id, wheel.id, "scheduled", "olga")
    await house.give("ana", 5)

    async def sweep() -> list[str]:
        due = await wheel_changes.due(house.database)
        for one in due:
            await operator.move_by_clock(*one)
        return [one.next_status for one in due]

    async def spin(request: str) -> object:
        return (await house.commit([SpinRequest("ana", wheel.id, request)]))[0]

    assert await sweep() == []
    assert isinstance(await spin("a"), WheelClosed)
    house.database.clock_offset += timedelta(minutes=61)
    assert await sweep() == ["active"]
    assert isinstance(await spin("b"), Committed)
    house.database.clock_offset += timedelta(minutes=60)
    assert isinstance(await spin("c"), WheelClosed)
    assert await sweep() == ["ended"]
    assert await sweep() == []


async def test_another_tenants_wheel_is_not_found(house: House) -> None:
    wheel = await draft(house)
    async with house.database.platform() as connection:
        other = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo-b'")
    for attempt in (
        wheels(house).change(other, wheel.id, {}, SET, None, "eve"),
        wheels(house).move(other, wheel.id, "active", "eve"),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_two_wheels_of_a_tenant_never_share_a_slug(house: House) -> None:
    await draft(house)
    with pytest.raises(WheelhouseError, match="Another wheel has the wheel_slug 'reef'"):
        await draft(house)
