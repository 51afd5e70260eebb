"""An engine that is not active: its wheels neither take spins nor open, and every change of it is written down."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from games.engines import Reveal
from games.engines.plinko import Fall
from games.engines.wheel import Wheel
from games.errors import BadRequest, Conflict, WheelClosed
from games.lifecycles import ENGINE
from persistence.engines import EngineRow
from persistence.spin_states import Committed, SpinRequest
from server.play.engines import Engines
from server.play.lobby import Lobby
from server.play.templates import Templates
from tests.plays.conftest import House
from tests.plays.test_claims import NobodyListens
from tests.plays.test_wheel_changes import draft, events, now, wheels


def engines(house: House) -> Engines:
    return Engines(house.database, NobodyListens())  # type: ignore[arg-type]


async def engine(house: House, name: str = "Turning", *moves: str) -> EngineRow:
    made = await engines(house).make(house.tenant_id, name, "wheel", None, {}, "olga")
    for to in moves:
        made = await engines(house).move(house.tenant_id, made.id, to, "olga")
    return made


async def template(house: House, engine_id: UUID, name: str = "Reef") -> UUID:
    empty: dict[str, Any] = {"template_config": {}, "game_rules": {}, "reward_config": {}}
    values = {"template_name": name, "template_type": "wheel", "game_engine_id": engine_id, **empty}
    return (await Templates(house.database).make(house.tenant_id, values, "olga")).id


async def of_lucky(house: House) -> UUID:
    """The engine of the demo's wheel."""
    async with house.database.tenant(house.tenant_id) as connection:
        found: UUID = await connection.fetchval(
            "SELECT template.game_engine_id FROM wheel_games AS wheel"
            " JOIN game_templates AS template ON template.id = wheel.game_template_id WHERE wheel.id = $1",
            house.wheel_id,
        )
    return found


async def test_only_the_moves_of_the_table_are_made_and_every_other_is_a_conflict(house: House) -> None:
    ways = {
        "draft": (),
        "active": ("active",),
        "maintenance": ("active", "maintenance"),
        "retired": ("active", "retired"),
    }
    assert set(ways) == set(ENGINE.statuses)
    for at, way in ways.items():
        for to in ENGINE.statuses:
            made = await engine(house, f"from {at} to {to}", *way)
            try:
                moved = await engines(house).move(house.tenant_id, made.id, to, "olga")
            except Conflict:
                assert not ENGINE.may(at, to), (at, to)
            else:
                assert ENGINE.may(at, to), (at, to)
                assert moved.engine_status == to


async def test_the_next_batch_after_the_move_is_refused_and_spends_nothing_and_what_was_played_stays(
    house: House,
) -> None:
    await house.give("ada", 3)
    engine_id = await of_lucky(house)
    played = house.spin("ada", "r-1")
    (before,) = await house.commit([played])
    assert isinstance(before, Committed)
    await engines(house).move(house.tenant_id, engine_id, "maintenance", "olga", "new drawing")
    again, refused = await house.commit([played, house.spin("ada", "r-2")])
    assert isinstance(again, Committed)
    assert again.replayed
    assert isinstance(refused, WheelClosed)
    used = "SELECT sum(used_chances) FROM spin_chances WHERE user_id = $1"
    assert await house.number(used, "ada") == 1
    await house.complete([before])
    await engines(house).move(house.tenant_id, engine_id, "active", "olga")
    (after,) = await house.commit([house.spin("ada", "r-3")])
    assert isinstance(after, Committed)


async def test_a_wheel_whose_engine_is_not_installed_is_closed_and_says_why_and_what_was_played_stays(
    house: House,
) -> None:
    await house.give("ada", 3)
    played = house.spin("ada", "r-1")
    (before,) = await house.commit([played])
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute(
            "UPDATE game_engines SET engine_type = 'mirror' WHERE tenant_id = $1 AND id = $2",
            house.tenant_id,
            await of_lucky(house),
        )
    await house.publish()
    await house.complete([before])
    again, refused = await house.commit([played, house.spin("ada", "r-2")])
    assert isinstance(again, Committed)
    assert again.play.reward_id == before.play.reward_id
    assert isinstance(refused, WheelClosed)
    assert "its engine is not installed" in str(refused)
    assert "Your chances are kept" in str(refused)
    used = "SELECT sum(used_chances) FROM spin_chances WHERE user_id = $1"
    assert await house.number(used, "ada") == 1
    assert await house.number("SELECT max(next_nonce) FROM fairness_epochs WHERE user_id = $1", "ada") == 1


async def test_a_new_configuration_is_the_next_version_of_every_open_wheel_and_a_new_name_is_not(house: House) -> None:
    board = await engines(house).make(house.tenant_id, "Board", "plinko", None, {"rows": 8}, "olga")
    board = await engines(house).move(house.tenant_id, board.id, "active", "olga")
    of_board = await template(house, board.id)
    opened = await draft(house, game_template_id=of_board, wheel_slug="opened")
    shown = await wheels(house).move(house.tenant_id, opened.id, "active", "olga")
    drafted = await draft(house, game_template_id=of_board, wheel_slug="drafted")
    assert msgspec.json.decode(shown.view.engine_config) == {"rows": 8}

    board = await engines(house).move(house.tenant_id, board.id, "maintenance", "olga")
    for values in ({"engine_name": "The board"}, {"engine_config": {"rows": 16}}):
        board = await engines(house).change(house.tenant_id, board.id, values, board.row_version, "olga")
    versions = "SELECT count(*) FROM wheel_versions WHERE wheel_game_id = $1"
    assert await house.number(versions, opened.id) == 2
    assert await house.number(versions, drafted.id) == 0
    terms = "SELECT (terms->'engine_config'->>'rows')::int FROM wheel_versions WHERE wheel_game_id = $1"
    assert await house.number(f"{terms} ORDER BY version_number DESC LIMIT 1", opened.id) == 16
    told = [data for _, event, data in await events(house) if event == "game.changed"]
    assert told[-1]["version_number"] == 2

    await engines(house).move(house.tenant_id, board.id, "active", "olga")
    await house.give("ada", 1)
    (played,) = await house.commit([SpinRequest("ada", opened.id, "r-1")])
    assert isinstance(played, Committed)
    assert played.play.plan is not None
    assert len(msgspec.msgpack.decode(played.play.plan, type=Fall).places) == 17


class Astray(Wheel):
    """Stops outside the segment of its outcome."""

    def reveal(self, *_: object) -> Reveal:
        return Reveal(b"", 400.0)


class Failing(Wheel):
    """Raises whatever it is asked."""

    def reveal(self, *_: object) -> Reveal:
        raise ZeroDivisionError


@pytest.mark.parametrize("engine", [Astray(), Failing()], ids=["astray", "failing"])
async def test_an_engine_that_does_not_work_closes_its_wheel_alone_and_nothing_is_spent(
    house: House, engine: Wheel
) -> None:
    sound = await wheels(house).move(house.tenant_id, (await draft(house)).id, "active", "olga")
    await house.give("ada", 2)
    await house.give("bob", 2)
    # Both versions are in memory from here on; the first wheel's now stands on the broken engine.
    assert all(isinstance(one, Committed) for one in await house.commit([house.spin("bob", "r-0")]))
    async with house.database.tenant(house.tenant_id) as connection:
        at = await connection.fetchval("SELECT current_version_id FROM wheel_games WHERE id = $1", house.wheel_id)
    house.versions._kept[at] = replace(house.versions[at], engine=(engine, msgspec.convert({}, engine.config)))
    refused, played = await house.commit([house.spin("ada", "r-1"), SpinRequest("bob", sound.id, "r-2")])
    assert isinstance(refused, WheelClosed)
    assert "its engine does not work" in str(refused)
    assert isinstance(played, Committed)
    assert await house.number("SELECT sum(used_chances) FROM spin_chances WHERE user_id = 'ada'") == 0


@pytest.mark.parametrize("way", [(), ("active", "maintenance")])
async def test_a_wheel_neither_opens_nor_opens_later_nor_resumes_on_an_engine_that_is_not_active(
    house: House, way: tuple[str, ...]
) -> None:
    made = await engine(house, "Turning", *way)
    soon = await now(house) + timedelta(hours=1)
    wheel = await draft(house, game_template_id=await template(house, made.id), opens_at=soon)
    for to in ("active", "scheduled"):
        with pytest.raises(BadRequest) as refused:
            await wheels(house).move(house.tenant_id, wheel.id, to, "olga")
        assert [fault.path for fault in refused.value.faults] == ["$.engine_status"]
    await engines(house).move(house.tenant_id, made.id, "active", "olga")
    await wheels(house).move(house.tenant_id, wheel.id, "scheduled", "olga")
    await engines(house).move(house.tenant_id, made.id, "maintenance", "olga")
    house.database.clock_offset += timedelta(hours=2)
    with pytest.raises(Conflict):
        await wheels(house).move_by_clock(house.tenant_id, wheel.id, "active")
    await engines(house).move(house.tenant_id, made.id, "active", "olga")
    await wheels(house).move_by_clock(house.tenant_id, wheel.id, "active")


async def test_who_watches_its_open_wheels_is_told_and_the_audit_trail_says_who_why_and_which(house: House) -> None:
    engine_id = await of_lucky(house)
    await engines(house).move(house.tenant_id, engine_id, "maintenance", "olga", "new drawing")
    (brief,) = (await Lobby(house.database, house.versions).snapshot(house.tenant_id)).wheels
    assert (brief.wheel_status, brief.engine_status) == ("active", "maintenance")
    told = [one for one in await events(house) if one[1] == "game.changed"]
    assert [(channel, data["id"]) for channel, _, data in told] == [
        ("tenant", str(house.wheel_id)),
        (f"wheel:{house.wheel_id}", str(house.wheel_id)),
    ]
    async with house.database.tenant(house.tenant_id) as connection:
        row = await connection.fetchrow(
            "SELECT user_id, new_values, old_values FROM audit_logs WHERE action = 'engine.moved' AND entity_id = $1",
            engine_id,
        )
    assert row is not None
    assert msgspec.json.decode(row["new_values"]) == {
        "engine_status": "maintenance",
        "reason": "new drawing",
        "wheels": [str(house.wheel_id)],
    }
    assert (row["user_id"], msgspec.json.decode(row["old_values"])) == ("olga", {"engine_status": "active"})


async def test_engines_and_templates_are_audited_as_they_are_made_and_changed(house: House) -> None:
    made = await engine(house)
    await engines(house).change(house.tenant_id, made.id, {"engine_name": "Other"}, made.row_version, "olga")
    template_id = await template(house, made.id)
    await Templates(house.database).change(house.tenant_id, template_id, {"is_active": False}, 1, "olga")
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await connection.fetch(
            "SELECT action, new_values FROM audit_logs WHERE entity_id = ANY ($1::uuid[]) ORDER BY sequence",
            [made.id, template_id],
        )
    assert [row["action"] for row in rows] == ["engine.made", "engine.changed", "template.made", "template.changed"]
    renamed, switched = (msgspec.json.decode(rows[at]["new_values"]) for at in (1, 3))
    assert (renamed["engine_name"], switched["is_active"]) == ("Other", False)
    assert await house.audit_verdict()
