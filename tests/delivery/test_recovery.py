"""What was missed and what follows: every event once, in order, or an honest no."""

from hypothesis import given
from hypothesis import strategies as st

from channels.envelope import Broadcast
from channels.policy import Policy
from channels.recovery import Position, Recall, Waiting, missed, newer

EPOCH = "one"


def kept(offset: int) -> Broadcast:
    return Broadcast("wheel:1", "told", Policy.KEPT, b"{}", offset, None)


def latest(version: int, event: str = "pool") -> Broadcast:
    return Broadcast("wheel:1", event, Policy.LATEST, b"{}", None, version)


def passing() -> Broadcast:
    return Broadcast("wheel:1", "frame", Policy.PASSING, b"{}", None, None)


def offsets(events: list[Broadcast]) -> list[int | None]:
    return [event.offset for event in events]


positions = st.integers(0, 30)


@given(since=positions, now=positions, lost=st.sets(positions, max_size=2))
def test_recovered_means_every_missed_event_in_order(since, now, lost):
    history = [kept(offset) for offset in range(1, now + 1) if offset not in lost]
    events = missed(Position(EPOCH, since), Recall(Position(EPOCH, now), history, []))
    wanted = list(range(since + 1, now + 1))
    if since > now or lost & set(wanted):
        assert events is None
    else:
        assert events is not None
        assert offsets(events) == wanted


def test_a_reader_of_another_epoch_or_of_none_has_missed_what_nobody_knows():
    recall = Recall(Position(EPOCH, 2), [kept(1), kept(2)], [])
    assert missed(Position("other", 1), recall) is None
    assert missed(Position("other", 2), recall) is None
    assert missed(None, recall) is None


@given(answered=positions, live_from=positions, live_to=positions)
def test_answer_and_live_events_join_without_hole_or_duplicate(answered, live_from, live_to):
    waiting = Waiting(Recall(Position(EPOCH, answered), [], []), 10_000)
    live = list(range(live_from, live_to + 1))
    for offset in live:
        waiting.take(kept(offset))
    after = [offset for offset in live if offset > answered]
    if after and after[0] != answered + 1:
        assert not waiting.complete
        assert waiting.release() == []
    else:
        assert waiting.complete
        assert offsets(waiting.release()) == after
        assert waiting.follows(Position(EPOCH, max([answered, *after])), EPOCH)


@given(st.lists(st.tuples(st.sampled_from(["pool", "rank"]), st.integers(0, 20))), st.integers(0, 20))
def test_of_latest_events_only_the_newest_follows_and_only_when_newer_than_the_answer(live, answered):
    waiting = Waiting(Recall(Position(EPOCH, 0), [], [latest(answered)]), 10_000)
    for event, version in live:
        waiting.take(latest(version, event))
    wanted = {}
    for event, version in live:
        if version > max(wanted.get(event, -1), answered if event == "pool" else -1):
            wanted[event] = version
    assert {event.event: event.version for event in waiting.release()} == wanted


@given(answered=st.integers(0, 5), versions=st.lists(st.integers(1, 12), unique=True).map(sorted))
def test_a_step_waits_only_for_a_reader_who_stands_where_it_begins(answered, versions):
    waiting = Waiting(Recall(Position(EPOCH, 0), [], [latest(answered)]), 10_000)
    base = 0
    for version in versions:
        waiting.take(latest(version).step("step", b"{}", base))
        base = version
    released = waiting.release()
    news = [version for version in versions if version > answered]
    assert [event.version for event in released] == news[-1:]
    for event in released:
        assert (event.event == "step") == (len(news) == 1 and event.base == answered)


def test_passing_events_do_not_wait():
    waiting = Waiting(Recall(Position(EPOCH, 0), [], []), 10_000)
    waiting.take(passing())
    assert waiting.release() == []
    assert waiting.complete


def test_what_waits_is_bounded():
    waiting = Waiting(Recall(Position(EPOCH, 0), [], []), 4)
    for offset in (1, 2):
        waiting.take(kept(offset))
    assert waiting.complete
    waiting.take(kept(3))
    assert not waiting.complete
    assert waiting.release() == []


def test_latest_events_are_had_again_only_when_newer():
    pool, rank = latest(3), latest(4, "rank")
    assert newer([pool, rank], {"pool": 3}) == [rank]
    assert newer([pool, rank], {"pool": 2, "rank": 5}) == [pool]
