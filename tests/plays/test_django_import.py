"""Bringing a Django project into a tenant: all or nothing, nothing twice, every fault by pk and field."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from games.errors import BadRequest, NoChanceLeft
from persistence.spin_states import Committed, SpinRequest
from server.importing import fixture, mapping
from server.importing.bringing import Brought, bring
from server.importing.reading import read
from tests.commands.test_manners import run
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House
from tests.plays.test_wheel_changes import wheels

SAMPLES = Path(__file__).parents[2] / "docs" / "samples" / "django"
DUMP, MAPPING = SAMPLES / "dump.json", SAMPLES / "mapping.toml"
PAGE = SAMPLES.parents[1] / "import-from-django.md"

Change = Callable[[dict[tuple[str, Any], dict[str, Any]]], None]


@pytest.fixture
def dump(tmp_path: Path) -> Callable[[Change], Path]:
    """The sample with a change, as a file of its own."""

    def changed(change: Change) -> Path:
        objects = json.loads(DUMP.read_text())
        change({(one["model"], one["pk"]): one["fields"] for one in objects})
        path = tmp_path / "dump.json"
        path.write_text(json.dumps(objects))
        return path

    return changed


async def bring_in(house: House, path: Path = DUMP, *, dry_run: bool = False) -> Brought:
    reading = read(fixture.load(path), mapping.load(MAPPING))
    return await bring(house.database, house.tenant_id, reading, dry_run=dry_run)


async def counts(house: House) -> tuple[int, ...]:
    tables = ("wheel_games", "wheel_rewards", "spin_chances", "chance_grants", "audit_logs", "players")
    return tuple([await house.number(f"SELECT count(*) FROM {table}") for table in tables])


async def test_what_is_brought_is_played_as_if_it_had_been_made_here(house: House) -> None:
    await bring_in(house)
    wheel_id = await one(house, "SELECT id FROM wheel_games WHERE wheel_slug = 'summer' AND wheel_status = 'draft'")
    opened = await wheels(house).move(house.tenant_id, wheel_id, "active", "olga")
    assert [(reward.reward_slug, reward.probability) for reward in opened.rewards] == [
        ("coin", "0.05"),
        ("again", "0.2"),
        ("nothing", "0.75"),
    ]
    bound = SpinRequest("ana", wheel_id, "one")
    elsewhere, free = house.spin("ana", "two"), house.spin("ben", "three")
    answers = [(await house.commit([request]))[0] for request in (bound, elsewhere, free)]
    assert [type(answer) for answer in answers] == [Committed, NoChanceLeft, Committed]
    assert await house.number("SELECT remaining_chances FROM spin_chances WHERE user_id = 'ana'") == 2
    assert await house.audit_verdict()


async def one(house: House, query: str) -> Any:
    async with house.database.tenant(house.tenant_id) as connection:
        return await connection.fetchval(query)


async def test_a_second_run_brings_nothing_twice_and_only_what_is_new(
    house: House, dump: Callable[[Change], Path]
) -> None:
    first = await bring_in(house)
    assert (first.wheels, first.rewards, first.grants, first.chances, first.left) == (1, 3, 2, 4, 2)
    before = await counts(house)
    again = await bring_in(house)
    assert (again.wheels, again.grants, again.left) == (0, 0, 5)
    assert await counts(house) == before

    def one_more(objects: dict[tuple[str, Any], dict[str, Any]]) -> None:
        objects["promo.spinticket", 902]["used"] = 1

    later = await bring_in(house, dump(one_more))
    assert (later.wheels, later.grants, later.chances) == (0, 1, 2)


async def test_two_runs_at_once_bring_everything_once(house: House) -> None:
    both = await asyncio.gather(bring_in(house), bring_in(house))
    assert sorted(brought.grants for brought in both) == [0, 2]
    assert await house.number("SELECT count(*) FROM wheel_games WHERE wheel_slug = 'summer'") == 1


async def test_the_dry_run_lists_what_the_run_does_and_writes_nothing(house: House) -> None:
    before = await counts(house)
    tried = await bring_in(house, dry_run=True)
    assert await counts(house) == before
    assert tried == await bring_in(house)
    page = PAGE.read_text()
    assert all(line in page for line in tried.lines), tried.lines


async def test_every_fault_is_named_by_pk_and_field_and_nothing_is_brought(
    house: House, dump: Callable[[Change], Path]
) -> None:
    def spoil(objects: dict[tuple[str, Any], dict[str, Any]]) -> None:
        objects["promo.wheel", 7]["daily_spins"] = -1
        objects["promo.prize", 70]["kind"] = "gold"
        objects["promo.prize", 71]["wheel"] = 8
        objects["promo.prize", 72]["name"] = ""
        objects["promo.spinticket", 900]["owner"] = 3
        objects["promo.spinticket", 901]["granted"] = "many"
        objects["promo.spinticket", 902]["used"] = 4
        objects["promo.spinticket", 903]["valid_until"] = "soon"
        del objects["promo.spinticket", 903]["wheels"]

    before = await counts(house)
    with pytest.raises(BadRequest) as refused:
        await bring_in(house, dump(spoil))
    assert {fault.path for fault in refused.value.faults} == {
        "promo.wheel 7 daily_spins",
        "promo.prize 70 kind",
        "promo.prize 71 wheel",
        "promo.prize 72 name",
        "promo.spinticket 900 owner",
        "promo.spinticket 901 granted",
        "promo.spinticket 902 used",
        "promo.spinticket 903 valid_until",
        "promo.spinticket 903 wheels",
    }
    assert await counts(house) == before


@pytest.mark.parametrize(
    ("spoilt", "where"),
    [
        ({70: {"chance": "0.049"}}, {"promo.wheel 7 rewards"}),
        ({71: {"chance": "-0.2"}}, {"promo.prize 71 chance"}),
        ({71: {"value": None, "quantity": 0}, 70: {"value": "free"}}, {"promo.prize 71", "promo.prize 70"}),
    ],
)
async def test_odds_and_rewards_that_cannot_be_are_refused(
    house: House, dump: Callable[[Change], Path], spoilt: dict[int, dict[str, Any]], where: set[str]
) -> None:
    def spoil(objects: dict[tuple[str, Any], dict[str, Any]]) -> None:
        for pk, fields in spoilt.items():
            objects["promo.prize", pk].update(fields)

    with pytest.raises(BadRequest) as refused:
        await bring_in(house, dump(spoil))
    paths = [fault.path for fault in refused.value.faults]
    assert {name for name in where if any(path.startswith(name) for path in paths)} == where, refused.value.faults
    assert len(paths) == len(where), refused.value.faults


async def test_a_slug_of_another_wheel_is_refused(house: House, dump: Callable[[Change], Path]) -> None:
    with pytest.raises(BadRequest) as refused:
        await bring_in(house, dump(lambda objects: objects["promo.wheel", 7].update(slug="lucky")))
    assert [fault.path for fault in refused.value.faults] == ["promo.wheel 7 wheel_slug"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("wheels = 1", "does not fit"),
        ("[wheels", "no TOML"),
        ('[wheels]\nmodel = "a.b"\n[wheels.fields]\nprice = "x"\n[rewards]\nmodel = "a.c"', "no such column"),
        ('time_zone = "Nowhere"\n[wheels]\nmodel = "a.b"\n[rewards]\nmodel = "a.c"', "no time zone"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    with pytest.raises(BadRequest) as refused:
        mapping.load(path)
    assert told in "\n".join([refused.value.message, *(fault.message for fault in refused.value.faults)])


async def test_the_command_does_what_its_page_says(house: House, database_urls: DatabaseUrls) -> None:
    words = ["import", "django-fixture", str(DUMP), "--mapping", str(MAPPING), "--tenant", "demo"]
    where = {
        "DATABASE_URL": database_urls.database_url,
        "REDIS_URL": database_urls.redis_url,
        "WHEELHOUSE_SECRET_KEYS": (b"k" * 32).hex(),
    }
    code, tried, told = await asyncio.to_thread(run, [*words, "--dry-run"], **where)
    assert (code, told) == (0, "")
    assert tried in PAGE.read_text()
    code, brought, _ = await asyncio.to_thread(run, words, **where)
    assert (code, brought) == (
        0,
        "Brought 1 wheels with 3 rewards, and 2 grants with 4 chances; left 2.\n",
    )
    code, _, told = await asyncio.to_thread(run, [*words[:-1], "nobody"], **where)
    assert (code, told) == (1, "Error: There is no tenant nobody. `wheelhouse tenant add nobody` makes one.\n")
