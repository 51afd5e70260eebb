"""The rules of provably fair draws, against the worked vectors and by brute force."""

import hmac
from bisect import bisect_left
from collections import Counter
from itertools import islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import fairness
from games.errors import BadRequest
from games.fairness import SpinProof, verdict, verify_spin_proof
from tests.rules.vectors import CONFIG_TEXT, VECTORS, WHEEL

W1 = WHEEL["W1"]
seeds = st.binary(min_size=32, max_size=32).map(bytes.hex)
client_seeds = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


def proof_of(vector, **changes):
    proof = SpinProof(
        server_seed_hash=vector["server_seed_hash"],
        server_seed=vector["server_seed"],
        client_seed=vector["client_seed"],
        nonce=vector["nonce"],
        size=vector["size"],
        config_digest=VECTORS["wheel_config_digest"],
        config_text=CONFIG_TEXT,
        position=vector["position"],
        reward_slug=vector.get("reward", ""),
    )
    return msgspec.structs.replace(proof, **changes)


def failed(proof):
    return {step.name for step in verify_spin_proof(proof) if step.ok is False}


@pytest.mark.parametrize("name", WHEEL)
def test_a_vector_gives_its_commitment_words_and_position(name):
    vector = WHEEL[name]
    used = []
    position = fairness.draw_position(
        vector["server_seed"], vector["client_seed"], vector["nonce"], vector["size"], used
    )
    assert fairness.server_seed_hash(vector["server_seed"]) == vector["server_seed_hash"]
    assert fairness.limit(vector["size"]) == vector["limit"]
    assert used == vector["words_used"]
    assert len(used) - 1 == vector["rejected"]
    assert position == vector["position"]
    words = islice(fairness.spin_words(vector["server_seed"], vector["client_seed"], vector["nonce"]), 8)
    assert b"".join(word.to_bytes(4, "big") for word in words).hex() == vector["block0_hmac"]


def test_the_configuration_text_and_its_digest_are_those_of_the_vectors():
    size, lines = fairness.parse_config_text(CONFIG_TEXT)
    assert fairness.config_text(size, reversed(lines)) == CONFIG_TEXT
    assert fairness.config_digest(CONFIG_TEXT) == VECTORS["wheel_config_digest"]


@pytest.mark.parametrize(
    "text", ["", "wheel-config:v1\n", "wheel-config:v2\nsize=1\n", CONFIG_TEXT[:-1], CONFIG_TEXT + "1,2\n"]
)
def test_a_configuration_text_of_another_form_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        fairness.parse_config_text(text)


@given(seeds, client_seeds, st.integers(0, 2**40), st.integers(1, 2**32))
def test_a_position_lies_within_the_wheel_and_is_always_the_same(seed, client_seed, nonce, size):
    position = fairness.draw_position(seed, client_seed, nonce, size)
    assert 1 <= position <= size
    assert fairness.draw_position(seed, client_seed, nonce, size) == position


@given(st.integers(1, 2**32))
def test_the_limit_gives_every_remainder_equally_many_words(size):
    assert fairness.limit(size) % size == 0
    assert 2**32 - fairness.limit(size) < size


def test_words_from_the_limit_on_are_skipped_and_the_next_block_goes_on_where_the_last_one_ended():
    """Of a wheel of 2^31 + 1 positions half of all words are skipped: some spins need a second block, some a third."""
    size = 2**31 + 1
    blocks = set()
    for nonce in range(3000):
        used = []
        position = fairness.draw_position(W1["server_seed"], "lucky-7", nonce, size, used)
        key = W1["server_seed"].encode("ascii")
        text = b"".join(hmac.digest(key, f"wheel:v1:lucky-7:{nonce}:{block}".encode(), "sha256") for block in range(4))
        words = [int.from_bytes(text[at : at + 4], "big") for at in range(0, len(text), 4)]
        first = next(at for at, word in enumerate(words) if word < size)
        assert used == words[: first + 1]
        assert position == words[first] + 1
        blocks.add(first // 8)
    assert {0, 1} <= blocks


@pytest.mark.parametrize("size", [3, 1_000_000, 2**31 + 1, 2**32])
def test_a_word_at_the_limit_is_skipped_and_the_one_below_it_is_taken(size):
    limit = fairness.limit(size)
    skipped = [limit, 2**32 - 1] if limit < 2**32 else []
    used = []
    assert fairness.uniform(iter([*skipped, limit - 1, 0]), size, used) == size - 1
    assert used == [*skipped, limit - 1]


def test_300000_spins_pay_by_the_published_odds():
    """The critical value is chi-square's 1 % point for 5 degrees of freedom."""
    _, lines = fairness.parse_config_text(CONFIG_TEXT)
    seed, spins, size = W1["server_seed"], 300_000, 1_000_000
    ends = [line.range_end for line in lines]
    counts = Counter(bisect_left(ends, fairness.draw_position(seed, "lucky-7", nonce, size)) for nonce in range(spins))
    chi_square = sum(
        (counts[at] - expected) ** 2 / expected
        for at, line in enumerate(lines)
        for expected in [spins * (line.range_end - line.range_start + 1) / size]
    )
    assert chi_square < VECTORS["checks"]["crit_99_df5"]


@pytest.mark.parametrize("name", ["W1", "W2"])
def test_a_true_proof_holds(name):
    steps = verify_spin_proof(proof_of(WHEEL[name]))
    assert verdict(steps) is True, steps


def test_the_steps_of_a_proof_name_its_numbers():
    text = "\n".join(step.text for step in verify_spin_proof(proof_of(WHEEL["W2"])))
    for number in ("4294731394", "2301909164", "909165", "172001", WHEEL["W2"]["server_seed_hash"]):
        assert number in text


def test_a_proof_without_its_seed_waits_for_it():
    assert verdict(verify_spin_proof(proof_of(W1, server_seed=None))) is None


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"server_seed": "0" * 64}, {"server seed", "position"}),
        ({"server_seed": "f" * 63}, {"server seed", "position"}),
        ({"server_seed_hash": "0" * 64}, {"server seed"}),
        ({"client_seed": "lucky 7"}, {"client seed", "position"}),
        ({"nonce": 2}, {"position"}),
        ({"size": 999_999}, {"ranges", "position"}),
        ({"size": 0}, {"ranges", "position"}),
        ({"config_digest": "0" * 64}, {"odds"}),
        ({"config_text": CONFIG_TEXT.replace("1,1000,", "1,2000,", 1)}, {"odds", "ranges"}),
        ({"config_text": "nonsense"}, {"odds", "ranges", "reward"}),
        ({"position": 111_098}, {"position"}),
        ({"position": 2_000_000}, {"position", "reward"}),
        ({"reward_slug": "cash-500"}, {"reward"}),
        ({"paid_reward_slug": "a-yacht"}, {"paid"}),
    ],
)
def test_whatever_is_changed_in_a_proof_is_found_and_named(changes, names):
    assert failed(proof_of(W1, **changes)) == names


def test_a_proof_of_a_spin_without_a_seed_still_shows_a_wrong_reward():
    assert verdict(verify_spin_proof(proof_of(W1, server_seed=None, reward_slug="cash-500"))) is False


def test_a_fallback_that_was_paid_is_told():
    steps = verify_spin_proof(proof_of(W1, paid_reward_slug="no-win"))
    assert verdict(steps) is True
    assert "spin-again had run out" in steps[-1].text


@pytest.mark.parametrize("text", ["", "a" * 65, "lucky 7", "lücky", "a\n"])
def test_a_client_seed_of_other_characters_is_refused(text):
    with pytest.raises(BadRequest):
        fairness.parse_client_seed(text)


@given(client_seeds)
def test_a_client_seed_by_the_rule_is_taken(text):
    assert fairness.parse_client_seed(text) == text


def test_terms_have_one_text_whatever_the_order_of_their_keys():
    one = {"b": {"y": 1, "x": [1, 2.5]}, "a": msgspec.Raw(b'{"d": null, "c": "\xc3\xa9"}')}
    other = {"a": {"c": "é", "d": None}, "b": {"x": [1, 2.5], "y": 1}}
    assert fairness.terms_text(one) == fairness.terms_text(other) == '{"a":{"c":"é","d":null},"b":{"x":[1,2.5],"y":1}}'
    assert fairness.terms_digest(one) != fairness.terms_digest(other | {"b": 1})
