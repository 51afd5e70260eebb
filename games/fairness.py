"""Provably fair draws (domain.md, Provably fair): commitments, words without bias, positions, and a spin's proof.

What a player can check with nothing but SHA-256 and HMAC: the server committed to its seed before the player chose one,
the odds are those that were published, and both seeds with the nonce give the position that was paid.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from games.errors import BadRequest

SCHEME = "wheel:v1"
#: Positions come from words of 32 bits, so no wheel is larger.
LARGEST_SIZE = 2**32

_SERVER_SEED = re.compile(r"[0-9a-f]{64}")
_CLIENT_SEED = re.compile(r"[A-Za-z0-9_-]{1,64}")


def sha256_hex(text: str) -> str:
    """SHA-256 of a text's UTF-8, in lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def server_seed_hash(server_seed: str) -> str:
    """The commitment to a server seed: SHA-256 of its text of 64 hex characters, not of the bytes these mean."""
    return sha256_hex(server_seed)


def is_server_seed(text: str) -> bool:
    """Whether a text is 32 bytes as 64 lower-case hex characters."""
    return _SERVER_SEED.fullmatch(text) is not None


def is_client_seed(text: str) -> bool:
    """Whether a text may be a client seed."""
    return _CLIENT_SEED.fullmatch(text) is not None


def parse_client_seed(text: str) -> str:
    """A client seed as a player chose it. Raises `BadRequest`."""
    if not is_client_seed(text):
        raise BadRequest("A client seed has 1 to 64 characters out of A–Z, a–z, 0–9, _ and -.")
    return text


# -- the configuration's digest


class ConfigLine(msgspec.Struct, frozen=True):
    """A reward as the configuration text names it; `amount` is `games.rewards.config_amount`'s."""

    range_start: int
    range_end: int
    reward_slug: str
    reward_type: str
    amount: str


def config_text(size: int, lines: Iterable[ConfigLine]) -> str:
    """The canonical text of a wheel's odds, rewards in the order of their ranges."""
    ordered = sorted(lines, key=lambda line: line.range_start)
    return f"wheel-config:v1\nsize={size}\n" + "".join(
        f"{line.range_start},{line.range_end},{line.reward_slug},{line.reward_type},{line.amount}\n" for line in ordered
    )


def config_digest(text: str) -> str:
    """SHA-256 of a configuration text, in hex."""
    return sha256_hex(text)


def parse_config_text(text: str) -> tuple[int, list[ConfigLine]]:
    """The size and the rewards that a configuration text names. Raises `ValueError` with what does not fit."""
    head, *rest = text.split("\n")
    if head != "wheel-config:v1" or not rest or not rest[0].startswith("size="):
        raise ValueError("it does not begin with wheel-config:v1 and a size")
    if rest.pop() != "":
        raise ValueError("its last line is not ended")
    lines = []
    for row in rest[1:]:
        match row.split(","):
            case [start, end, slug, kind, amount]:
                lines.append(ConfigLine(int(start), int(end), slug, kind, amount))
            case _:
                raise ValueError(f"the line {row!r} has not five parts")
    return int(rest[0].removeprefix("size=")), lines


def terms_text(terms: Any) -> str:
    """All terms of a version as canonical JSON: keys sorted at every depth, no white space."""
    plain = msgspec.json.decode(msgspec.json.encode(terms))
    return msgspec.json.encode(plain, order="sorted").decode()


def terms_digest(terms: Any) -> str:
    """SHA-256 of `terms_text`, in hex."""
    return sha256_hex(terms_text(terms))


# -- words, and whole numbers without bias


def word_stream(key: bytes, prefix: str) -> Iterator[int]:
    """Words of 32 bits without end: block b is HMAC-SHA256(key, `{prefix}:{b}`), eight words a block, big-endian."""
    block = 0
    while True:
        digest = hmac.digest(key, f"{prefix}:{block}".encode("ascii"), "sha256")
        for at in range(0, 32, 4):
            yield int.from_bytes(digest[at : at + 4], "big")
        block += 1


def limit(size: int) -> int:
    """The largest multiple of `size` up to 2^32. Words from it on are skipped: small results would come too often."""
    return LARGEST_SIZE - LARGEST_SIZE % size


def uniform(words: Iterator[int], size: int, used: list[int] | None = None) -> int:
    """The next whole number of 0..size-1, each equally likely; `used` is given every word that was read for it."""
    bound = limit(size)
    while True:
        word = next(words)
        if used is not None:
            used.append(word)
        if word < bound:
            return word % size


def spin_words(server_seed: str, client_seed: str, nonce: int) -> Iterator[int]:
    """The words of one spin."""
    return word_stream(server_seed.encode("ascii"), f"{SCHEME}:{client_seed}:{nonce}")


def draw_position(server_seed: str, client_seed: str, nonce: int, size: int, used: list[int] | None = None) -> int:
    """The position, 1..size, of the spin with this nonce; `size` is at most 2^32."""
    return uniform(spin_words(server_seed, client_seed, nonce), size, used) + 1


# -- proofs


class SpinProof(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to check a spin offline; `server_seed` is null until its epoch has been revealed.

    `reward_slug` is the reward whose range holds the position, `paid_reward_slug` the one that was paid: its declared
    fallback when the first had run out.
    """

    scheme: Literal["wheel:v1"] = "wheel:v1"
    server_seed_hash: str
    server_seed: str | None
    client_seed: str
    nonce: int
    size: int
    config_digest: str
    config_text: str
    position: int
    reward_slug: str
    paid_reward_slug: str | None = None
    session_id: str | None = None
    wheel_id: str | None = None


class Step(msgspec.Struct, frozen=True):
    """One check of a proof, with its numbers in words. `ok` is None when it cannot be made yet."""

    name: str
    ok: bool | None
    text: str


def verdict(steps: Iterable[Step]) -> bool | None:
    """False when a check failed, None when some must wait for the seed, True when all hold."""
    flags = {step.ok for step in steps}
    return False if False in flags else None if None in flags else True


def seed_step(server_seed: str | None, committed: str) -> Step:
    """Whether the revealed seed is the one that was committed to."""
    name = "server seed"
    if server_seed is None:
        return Step(name, None, f"The server seed is not revealed yet; the server has committed to {committed}.")
    found = server_seed_hash(server_seed)
    if not is_server_seed(server_seed):
        return Step(name, False, "The server seed is not 64 characters of lower-case hex.")
    if found != committed:
        return Step(name, False, f"SHA-256 of the server seed is {found}, but the server had committed to {committed}.")
    return Step(name, True, f"SHA-256 of the server seed is {found}, which the server had committed to beforehand.")


def verify_spin_proof(proof: SpinProof) -> list[Step]:
    """Check a proof with nothing but what it holds; `verdict` sums the steps up."""
    return [
        seed_step(proof.server_seed, proof.server_seed_hash),
        _client_seed_step(proof),
        *_config_steps(proof),
        _position_step(proof),
        *_reward_steps(proof),
    ]


def _client_seed_step(proof: SpinProof) -> Step:
    fits = is_client_seed(proof.client_seed) and proof.nonce >= 0
    text = f"The client seed is {proof.client_seed} and the nonce {proof.nonce}"
    return Step("client seed", fits, text + ("." if fits else ", which the scheme does not allow."))


def _config_steps(proof: SpinProof) -> list[Step]:
    found = config_digest(proof.config_text)
    same = found == proof.config_digest
    told = "the digest that was published" if same else f"but the published digest is {proof.config_digest}"
    steps = [Step("odds", same, f"SHA-256 of the configuration text is {found}, {told}.")]
    try:
        size, lines = parse_config_text(proof.config_text)
        _must_cover(size, lines)
    except ValueError as error:
        return [*steps, Step("ranges", False, f"The configuration text cannot be used: {error}.")]
    if size != proof.size:
        return [*steps, Step("ranges", False, f"The configuration text is of size {size}, the proof of {proof.size}.")]
    return [
        *steps,
        Step("ranges", True, f"{len(lines)} rewards share the positions 1 to {size} without gap or overlap."),
    ]


def _must_cover(size: int, lines: list[ConfigLine]) -> None:
    if not 1 <= size <= LARGEST_SIZE:
        raise ValueError(f"the size {size} is not within 1 to {LARGEST_SIZE}")
    expected = 1
    for line in lines:
        if line.range_start != expected or line.range_end < line.range_start:
            raise ValueError(
                f"a range from {expected} on was due, but {line.reward_slug} has {line.range_start} to {line.range_end}"
            )
        expected = line.range_end + 1
    if expected != size + 1:
        raise ValueError(f"the ranges end at {expected - 1}, not at {size}")


def _position_step(proof: SpinProof) -> Step:
    name = "position"
    if proof.server_seed is None:
        return Step(name, None, f"The position {proof.position} can be worked out when the server seed is revealed.")
    seeds_fit = is_server_seed(proof.server_seed) and is_client_seed(proof.client_seed)
    if not seeds_fit or not 1 <= proof.size <= LARGEST_SIZE:
        return Step(name, False, "The position cannot be worked out from a seed or a size that does not fit.")
    used: list[int] = []
    found = draw_position(proof.server_seed, proof.client_seed, proof.nonce, proof.size, used)
    *skipped, word = used
    text = f"Words of HMAC-SHA256(server seed, wheel:v1:{proof.client_seed}:{proof.nonce}:0…): "
    if skipped:
        text += f"{', '.join(map(str, skipped))} skipped, being at or above {limit(proof.size)}; "
    text += f"{word} mod {proof.size} + 1 = {found}"
    if found != proof.position:
        return Step(name, False, f"{text}, but the proof says {proof.position}.")
    return Step(name, True, text + ".")


def _reward_steps(proof: SpinProof) -> list[Step]:
    try:
        _, lines = parse_config_text(proof.config_text)
    except ValueError:
        return [Step("reward", False, "No reward can be found in the configuration text.")]
    holder = next((line for line in lines if line.range_start <= proof.position <= line.range_end), None)
    if holder is None:
        return [Step("reward", False, f"No range holds the position {proof.position}.")]
    ranged = (
        f"{proof.position} lies within {holder.range_start} to {holder.range_end}, the range of {holder.reward_slug}"
    )
    if holder.reward_slug != proof.reward_slug:
        return [Step("reward", False, f"{ranged}, but the proof says {proof.reward_slug}.")]
    steps = [Step("reward", True, ranged + ".")]
    paid = proof.paid_reward_slug
    if paid is None or paid == proof.reward_slug:
        return steps
    if all(line.reward_slug != paid for line in lines):
        return [*steps, Step("paid", False, f"{paid} was paid, but the wheel has no such reward.")]
    return [
        *steps,
        Step("paid", True, f"{proof.reward_slug} had run out, so {paid} was paid; the terms name it as fallback."),
    ]
