"""The rules of raffle draws, against the worked vectors."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import raffle
from games.fairness import server_seed_hash, verdict
from games.raffle import DrawProof, ListedTicket, verify_draw_proof
from tests.rules.vectors import RAFFLE, VECTORS


def tickets_of(name):
    """The vector's tickets; those of the second are given by a rule."""
    if name == "R2":
        return [ListedTicket(f"{i:06}", f"h{37 * i % 251:03}") for i in range(1, 1001)]
    return [ListedTicket(number, holder) for number, holder in RAFFLE[name]["tickets"]]


def proof_of(name, **changes):
    vector = RAFFLE[name]
    proof = DrawProof(
        draw_id=vector["draw_id"],
        server_seed_hash=vector["server_seed_hash"],
        server_seed=vector["server_seed"],
        list_digest=vector["list_digest"],
        list_text=raffle.list_text(vector["draw_id"], tickets_of(name)),
        beacon=vector.get("beacon", "none"),
        one_per_holder=vector.get("one_per_holder", False),
        winners=vector["winners"],
        reserves=vector.get("reserves", []),
    )
    return msgspec.structs.replace(proof, **changes)


def failed(proof):
    return {step.name for step in verify_draw_proof(proof) if step.ok is False}


listed = st.lists(st.integers(0, 9), min_size=1, max_size=40).map(
    lambda holders: [ListedTicket(f"{at:04}", f"h{holder}") for at, holder in enumerate(holders)]
)
seeds = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("name", RAFFLE)
def test_a_vector_gives_its_list_seed_and_every_step(name):
    vector, tickets = RAFFLE[name], tickets_of(name)
    text = raffle.list_text(vector["draw_id"], reversed(tickets))
    assert text.startswith(vector["list_text_first"])
    assert raffle.list_digest(text) == vector["list_digest"]
    seed = raffle.draw_seed(
        vector["server_seed"], vector["draw_id"], vector["list_digest"], vector.get("beacon", "none")
    )
    assert seed.hex() == vector["draw_seed"]
    steps = raffle.draw(
        seed,
        tickets,
        len(vector["winners"]),
        len(vector["reserves"]),
        one_per_holder=vector.get("one_per_holder", False),
    )
    assert [
        {"step": pick.step, "words": pick.words, "j": pick.place, "ticket": pick.ticket, "holder": pick.holder}
        | {"result": pick.result}
        for pick in steps
    ] == vector["steps"]
    assert raffle.numbers_of(steps, "winner") == vector["winners"]
    assert raffle.numbers_of(steps, "reserve") == vector["reserves"]


@given(listed, seeds)
def test_a_whole_draw_takes_every_ticket_once(tickets, seed):
    steps = raffle.draw(seed, tickets, len(tickets))
    assert sorted(pick.ticket for pick in steps) == [ticket.number for ticket in tickets]


@given(listed, seeds)
def test_with_one_prize_per_holder_nobody_is_drawn_twice_and_everybody_stands(tickets, seed):
    steps = raffle.draw(seed, tickets, len(tickets), one_per_holder=True)
    holders = [pick.holder for pick in steps if pick.result == "winner"]
    assert len(holders) == len(set(holders))
    assert set(holders) == {ticket.holder for ticket in tickets}


@given(listed, seeds, st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_reserves_are_those_who_would_have_won_next(tickets, seed, winners, reserves, one_per_holder):
    split = raffle.draw(seed, tickets, winners, reserves, one_per_holder=one_per_holder)
    whole = raffle.draw(seed, tickets, winners + reserves, one_per_holder=one_per_holder)
    drawn = raffle.numbers_of(split, "winner") + raffle.numbers_of(split, "reserve")
    assert drawn == raffle.numbers_of(whole, "winner")
    assert len(raffle.numbers_of(split, "winner")) <= winners


def test_every_ordered_pair_of_five_tickets_is_equally_likely():
    """20 pairs; the critical value is chi-square's 1 % point for 19 degrees of freedom."""
    tickets, draws = [ListedTicket(str(at), str(at)) for at in range(5)], 20_000
    pairs = Counter(
        tuple(pick.ticket for pick in raffle.draw(raffle.draw_seed("0" * 64, str(number), ""), tickets, 2))
        for number in range(draws)
    )
    assert len(pairs) == 20
    chi_square = sum((count - draws / 20) ** 2 / (draws / 20) for count in pairs.values())
    assert chi_square < VECTORS["checks"]["crit_99_df19"]


@given(listed)
def test_a_list_read_back_is_the_list_that_was_published(tickets):
    assert raffle.parse_list_text(raffle.list_text("d1", tickets)) == ("d1", tickets)


def test_a_holder_has_another_pseudonym_in_every_draw_and_under_every_salt():
    one = raffle.holder_digest(b"salt", "draw-1", "player-1")
    assert len(one) == 16
    assert one == raffle.holder_digest(b"salt", "draw-1", "player-1")
    others = {raffle.holder_digest(b"salt", "draw-2", "player-1"), raffle.holder_digest(b"other", "draw-1", "player-1")}
    assert one not in others
    assert len(others) == 2


@pytest.mark.parametrize("name", RAFFLE)
def test_a_true_proof_holds(name):
    steps = verify_draw_proof(proof_of(name))
    assert verdict(steps) is True, steps


def test_a_proof_waits_for_the_seed_and_for_the_list():
    assert verdict(verify_draw_proof(proof_of("R1", server_seed=None))) is None
    assert verdict(verify_draw_proof(proof_of("R1", list_text=None))) is None


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"server_seed": "0" * 64}, {"server seed", "winners"}),
        ({"server_seed": "short", "server_seed_hash": server_seed_hash("short")}, {"server seed", "winners"}),
        ({"list_digest": "0" * 64}, {"list"}),
        ({"list_text": "nonsense"}, {"list"}),
        ({"draw_id": "draw-0002"}, {"list"}),
        ({"beacon": "chain:1:00"}, {"winners"}),
        ({"winners": ["000009", "000005", "000001"]}, {"winners"}),
        ({"winners": ["000005", "000009", "000002"]}, {"winners"}),
        ({"reserves": ["000001"]}, {"reserves"}),
    ],
)
def test_whatever_is_changed_in_a_proof_is_found_and_named(changes, names):
    assert failed(proof_of("R1", **changes)) == names


@pytest.mark.parametrize(
    "text",
    [
        "raffle-list:v1\nd\n2\n01,a\n",
        "raffle-list:v1\nd\n1\n01,a",
        "raffle-list:v1\nd\n1\n01\n",
        "raffle-list:v1\nd\n2\n02,a\n01,b\n",
        "raffle-list:v1\nd\n2\n01,a\n01,b\n",
        "raffle-list:v2\nd\n1\n01,a\n",
    ],
)
def test_a_list_that_does_not_hold_together_is_refused_even_under_its_own_digest(text):
    with pytest.raises(ValueError, match=r"."):
        raffle.parse_list_text(text)
    assert "list" in failed(proof_of("R1", list_text=text, list_digest=raffle.list_digest(text)))
