"""Many spins in one transaction: each once, none too many, in one order of locks, a bad one alone."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
import pytest

from games.errors import Conflict, NoChanceLeft, NotFound, SpinInProgress, Unavailable, WheelClosed
from persistence import spins
from persistence.group_commit import GroupCommit
from persistence.spin_states import Committed, Origin, SpinRequest
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House


async def test_three_nodes_racing_for_seven_chances_spend_exactly_seven(house: House) -> None:
    await house.let_many_turn()
    await house.give("ana", 7)
    nodes = [house.flusher() for _ in range(3)]
    outcomes = await asyncio.gather(
        *(nodes[n % 3].submit(house.tenant_id, house.spin("ana", f"r{n}")) for n in range(300)), return_exceptions=True
    )
    assert sum(isinstance(one, Committed) for one in outcomes) == 7
    assert sum(isinstance(one, NoChanceLeft) for one in outcomes) == 293
    assert await house.number("SELECT count(*) FROM spin_results") == 7
    assert await house.number("SELECT remaining_chances FROM spin_chances") == 0
    nonces = sorted(one.play.nonce for one in outcomes if isinstance(one, Committed))
    assert nonces == list(range(7))


async def test_players_in_opposite_orders_on_two_nodes_do_not_deadlock(house: House) -> None:
    await house.let_many_turn()
    users = [f"u{n}" for n in range(20)]
    for user in users:
        await house.give(user, 40)

    async def batches(order: list[str], node: int) -> int:
        done = 0
        for turn in range(20):
            outcomes = await house.commit([house.spin(user, f"{node}-{turn}") for user in order])
            done += sum(isinstance(one, Committed) for one in outcomes)
        return done

    both = await asyncio.gather(batches(users, 1), batches(users[::-1], 2))
    assert sum(both) == 800
    assert await house.audit_verdict()


async def test_the_same_request_twice_in_a_batch_and_again_later_is_one_play(house: House) -> None:
    await house.give("ana", 5)
    first, second = await house.commit([house.spin("ana", "one"), house.spin("ana", "one")])
    (later,) = await house.commit([house.spin("ana", "one")])
    assert isinstance(first, Committed)
    assert isinstance(second, Committed)
    assert isinstance(later, Committed)
    assert (first.replayed, second.replayed, later.replayed) == (False, True, True)
    assert first.play.session_id == second.play.session_id == later.play.session_id
    assert await house.number("SELECT used_chances FROM spin_chances") == 1


async def test_a_spin_that_cannot_be_written_fails_alone(house: House) -> None:
    users = [f"u{n}" for n in range(10)]
    for user in users:
        await house.give(user, 1)
    flusher = house.flusher()
    requests = [house.spin(user, "r", origin=Origin(user_agent="\x00" if user == "u4" else "fine")) for user in users]
    outcomes = await asyncio.gather(
        *(flusher.submit(house.tenant_id, request) for request in requests), return_exceptions=True
    )
    assert [isinstance(one, Committed) for one in outcomes] == [user != "u4" for user in users]
    assert await house.number("SELECT count(*) FROM spin_sessions") == 9
    assert await house.number("SELECT count(*) FROM spin_chances WHERE remaining_chances = 1") == 1


async def test_a_refused_spin_leaves_nothing_behind_and_its_request_id_may_be_used_again(house: House) -> None:
    (refused,) = await house.commit([house.spin("ana", "r")])
    assert isinstance(refused, NoChanceLeft)
    assert await house.number("SELECT count(*) FROM spin_requests") == 0
    await house.give("ana", 1)
    (accepted,) = await house.commit([house.spin("ana", "r")])
    assert isinstance(accepted, Committed)


async def test_a_second_spin_waits_until_the_wheel_has_stopped(house: House) -> None:
    await house.give("ana", 2)
    first, second = await house.commit([house.spin("ana", "a"), house.spin("ana", "b")])
    assert isinstance(first, Committed)
    assert isinstance(second, SpinInProgress)
    assert second.retry_after_ms is not None
    assert 0 < second.retry_after_ms <= 5000


async def test_a_paused_wheel_takes_no_spin_and_an_unknown_one_is_not_found(house: House) -> None:
    await house.give("ana", 2)
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE wheel_games SET wheel_status = 'paused'")
    (closed,) = await house.commit([house.spin("ana", "a")])
    assert isinstance(closed, WheelClosed)
    (unknown,) = await house.commit([SpinRequest("ana", UUID(int=1), "b")])
    assert isinstance(unknown, NotFound)


async def test_a_commit_whose_answer_is_lost_is_found_by_its_request_id(house: House) -> None:
    await house.give("ana", 3)
    lost = asyncio.Event()

    async def commit(_: UUID, requests: Sequence[SpinRequest]) -> spins.Outcomes:
        outcomes = await house.commit(requests)
        if not lost.is_set():
            lost.set()
            raise Unavailable("the connection was lost during COMMIT")
        return outcomes

    flusher: GroupCommit[SpinRequest, Committed] = GroupCommit(commit)
    outcome = await flusher.submit(house.tenant_id, house.spin("ana", "r"))
    assert lost.is_set()
    assert outcome.replayed
    assert await house.number("SELECT used_chances FROM spin_chances") == 1


async def test_a_batch_whose_connection_dies_before_commit_is_written_once(
    house: House, database_urls: DatabaseUrls
) -> None:
    await house.let_many_turn()
    await house.give("ana", 50)
    flusher = house.flusher(retry_s=10.0)
    killer = await asyncpg.connect(database_urls.migration_url)

    async def kill_backends() -> None:
        for _ in range(5):
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'wheelhouse' AND state <> 'idle'"
            )
            await asyncio.sleep(0.01)

    outcomes, _ = await asyncio.gather(
        asyncio.gather(*(flusher.submit(house.tenant_id, house.spin("ana", f"r{n}")) for n in range(40))),
        kill_backends(),
    )
    await killer.close()
    assert len({one.play.session_id for one in outcomes}) == 40
    assert await house.number("SELECT count(*) FROM spin_sessions") == 40
    assert await house.number("SELECT used_chances FROM spin_chances") == 40
    assert await house.audit_verdict()


async def test_a_play_has_one_row_of_everything_that_is_kept_of_it(house: House) -> None:
    await house.give("ana", 1)
    (outcome,) = await house.commit([house.spin("ana", "r", origin=Origin(ip_address="127.0.0.1"))])
    assert isinstance(outcome, Committed)
    session = outcome.play.session_id
    for query in (
        "SELECT count(*) FROM spin_sessions WHERE id = $1",
        "SELECT count(*) FROM spin_results WHERE spin_session_id = $1",
        "SELECT count(*) FROM spin_requests WHERE session_id = $1",
        "SELECT count(*) FROM open_spins WHERE session_id = $1",
        "SELECT count(*) FROM game_logs WHERE spin_session_id = $1",
        "SELECT count(*) FROM audit_logs WHERE entity_id = $1",
    ):
        assert await house.number(query, session) == 1
    assert await house.number("SELECT count(*) FROM game_events WHERE event_type = 'spin.committed'") == 1


async def test_a_plays_event_says_whence_it_was_asked_for_and_shows_no_token(house: House) -> None:
    await house.give("ana", 1)
    await house.give("ben", 1)
    known = Origin("192.0.2.7", "a browser", token_id="jti-1", key="kid-1", connection="c-1", client="web 1.2")
    await house.commit([house.spin("ana", "one", origin=known), house.spin("ben", "one")])
    async with house.database.tenant(house.tenant_id) as connection:
        first, second = await connection.fetch(
            "SELECT event_data, ip_address, user_agent FROM game_events WHERE event_type = 'spin.committed'"
            " ORDER BY event_data ? 'token_id' DESC"
        )
    told = msgspec.json.decode(first["event_data"])
    del told["session_id"]
    assert told == {"token_id": "jti-1", "key": "kid-1", "connection": "c-1", "client": "web 1.2"}
    assert (first["ip_address"], first["user_agent"]) == ("192.0.2.7", "a browser")
    assert list(msgspec.json.decode(second["event_data"])) == ["session_id"]


async def test_what_is_kept_before_the_reveal_for_staff_to_read_names_no_outcome(house: House) -> None:
    await house.give("ana", 1)
    (outcome,) = await house.commit([house.spin("ana", "r")])
    assert isinstance(outcome, Committed)
    async with house.database.tenant(house.tenant_id) as connection:
        told = await connection.fetch("SELECT to_jsonb(row)::text FROM audit_logs AS row")
        told += await connection.fetch("SELECT to_jsonb(row)::text FROM game_logs AS row")
        told += await connection.fetch("SELECT to_jsonb(row)::text FROM game_events AS row")
    text = " ".join(row[0] for row in told)
    assert str(outcome.play.reward_id) not in text
    assert str(outcome.play.position) not in text.replace(str(outcome.play.session_id), "")
    assert '"win"' not in text


async def test_a_request_id_of_another_wheel_is_that_wheels_play(house: House) -> None:
    await house.give("ana", 2)
    (first,) = await house.commit([house.spin("ana", "r")])
    assert isinstance(first, Committed)
    async with house.database.tenant(house.tenant_id) as connection:
        other = await connection.fetchval(
            "INSERT INTO wheel_games (tenant_id, wheel_name, wheel_slug) VALUES ($1, 'Other', 'other') RETURNING id",
            house.tenant_id,
        )
    (second,) = await house.commit([SpinRequest("ana", other, "r")])
    assert isinstance(second, Committed)
    assert second.play.wheel_id == house.wheel_id


async def test_a_new_version_takes_effect_with_the_next_spin_and_begins_a_new_epoch(house: House) -> None:
    await house.give("ana", 3)
    (before,) = await house.commit([house.spin("ana", "a")])
    await house.let_many_turn()
    (blocked,) = await house.commit([house.spin("ana", "b")])
    assert isinstance(before, Committed)
    # The configuration's digest is the same, so the seed goes on; only the version is another.
    assert isinstance(blocked, Committed)
    assert blocked.play.version_id != before.play.version_id
    assert (blocked.play.epoch_id, blocked.play.nonce) == (before.play.epoch_id, 1)


async def test_a_spin_that_meets_a_publication_is_drawn_from_an_epoch_of_the_new_odds(house: House) -> None:
    await house.give("ana", 3)
    (before,) = await house.commit([house.spin("ana", "a")])
    assert isinstance(before, Committed)
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE open_spins SET stops_at = stops_at - interval '1 minute', revealed_at = now()")
    async with house.database.tenant(house.tenant_id) as connection:
        await house.swap_two_rewards(connection)
        spinning = asyncio.create_task(house.commit([house.spin("ana", "b")]))
        await house.until_somebody_waits_for_a_lock()
    (after,) = await spinning
    assert isinstance(after, Committed)
    version = house.versions[after.play.version_id]
    assert after.play.version_id != before.play.version_id
    assert after.play.epoch_id != before.play.epoch_id
    async with house.database.tenant(house.tenant_id) as connection:
        digest = await connection.fetchval(
            "SELECT config_digest FROM fairness_epochs WHERE id = $1", after.play.epoch_id
        )
    assert digest == version.config_digest


@pytest.mark.parametrize("players", [1, 200])
async def test_a_batch_of_any_size_gives_every_player_their_own_play(house: House, players: int) -> None:
    for n in range(players):
        await house.give(f"u{n}", 1)
    outcomes = await house.commit([house.spin(f"u{n}", "r") for n in range(players)])
    assert all(isinstance(one, Committed) for one in outcomes)
    assert [one.play.user_id for one in outcomes if isinstance(one, Committed)] == [f"u{n}" for n in range(players)]
    assert not any(isinstance(one, Conflict) for one in outcomes)
