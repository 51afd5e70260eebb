"""Raffle draws (domain.md, Provably fair, Raffle): the frozen list, the seed of a draw, its picks, and the proof.

The server commits to its seed before the first ticket is sold. When sale has closed, the list is frozen and its digest
goes into the draw's seed, so that neither the seed nor the list can be chosen to suit the other.
"""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from games.fairness import Step, is_server_seed, seed_step, sha256_hex, uniform, word_stream

SCHEME = "raffle:v1"
NO_BEACON = "none"
_LIST_HEAD = "raffle-list:v1"

PickResult = Literal["winner", "reserve", "passed_over"]


class ListedTicket(msgspec.Struct, frozen=True, array_like=True):
    """A ticket as the published list has it: its number, and its holder under a pseudonym of this draw."""

    number: str
    holder: str


class Pick(msgspec.Struct, frozen=True):
    """A step of a draw: the words read for it, the place in the list that they gave, and what became of the ticket."""

    step: int
    words: list[int]
    place: int
    ticket: str
    holder: str
    result: PickResult


# -- the list


def holder_digest(salt: bytes, draw_id: str, user_id: str) -> str:
    """A holder's pseudonym in one draw's list: 16 hex characters of HMAC-SHA256(salt, `{draw_id}:{user_id}`).

    The salt is revealed with the seed. Until then nobody can try user ids against the published list.
    """
    return hmac.digest(salt, f"{draw_id}:{user_id}".encode(), "sha256").hex()[:16]


def list_text(draw_id: str, tickets: Iterable[ListedTicket]) -> str:
    """The canonical text of a draw's tickets, in the order of their fixed-width numbers."""
    ordered = sorted(tickets, key=lambda ticket: ticket.number)
    rows = "".join(f"{ticket.number},{ticket.holder}\n" for ticket in ordered)
    return f"{_LIST_HEAD}\n{draw_id}\n{len(ordered)}\n{rows}"


def list_digest(text: str) -> str:
    """SHA-256 of a list's text, in hex."""
    return sha256_hex(text)


def parse_list_text(text: str) -> tuple[str, list[ListedTicket]]:
    """The draw's id and the tickets that a list's text names. Raises `ValueError` with what does not fit."""
    head, *rows = text.split("\n")
    if head != _LIST_HEAD or len(rows) < 3 or rows.pop() != "":
        raise ValueError(f"it is no text of the form {_LIST_HEAD}")
    draw_id, count, *lines = rows
    tickets = []
    for line in lines:
        match line.split(","):
            case [number, holder]:
                tickets.append(ListedTicket(number, holder))
            case _:
                raise ValueError(f"the line {line!r} has not two parts")
    numbers = [ticket.number for ticket in tickets]
    if count != str(len(tickets)):
        raise ValueError(f"it says {count} tickets and has {len(tickets)}")
    if any(later <= sooner for sooner, later in pairwise(numbers)):
        raise ValueError("its numbers are not in order, or one is there twice")
    return draw_id, tickets


# -- the draw


def beacon_text(chain: str, round_number: int, randomness: str) -> str:
    """A public randomness beacon's round, as it goes into a draw's seed."""
    return f"{chain}:{round_number}:{randomness}"


def draw_seed(server_seed: str, draw_id: str, digest: str, beacon: str = NO_BEACON) -> bytes:
    """What a draw's picks are made of: the server's seed, the frozen list's digest, and the beacon's text if any."""
    return hmac.digest(server_seed.encode("ascii"), f"{SCHEME}:{draw_id}:{digest}:{beacon}".encode(), "sha256")


def picks(seed: bytes, tickets: Sequence[ListedTicket], *, one_per_holder: bool = False) -> Iterator[Pick]:
    """Every step of a draw over a list in its order, until it is used up; results are `winner` or `passed_over`.

    A partial Fisher–Yates shuffle: at step i one of the tickets from place i on is taken, each equally likely. The
    words run on from step to step. With one prize per holder, one drawn before is passed over, which uses up a step.
    """
    words = word_stream(seed, "pick")
    # The places that swaps have filled with another ticket than the list has there.
    moved: dict[int, int] = {}
    drawn: set[str] = set()
    for step in range(len(tickets)):
        used: list[int] = []
        place = step + uniform(words, len(tickets) - step, used)
        ticket = tickets[moved.get(place, place)]
        moved[place] = moved.pop(step, step)
        passed = one_per_holder and ticket.holder in drawn
        drawn.add(ticket.holder)
        yield Pick(step, used, place, ticket.number, ticket.holder, "passed_over" if passed else "winner")


def draw(
    seed: bytes, tickets: Sequence[ListedTicket], winners: int, reserves: int = 0, *, one_per_holder: bool = False
) -> list[Pick]:
    """The steps of a draw up to its last reserve, or to the end of the list: winners first, then reserves."""
    steps: list[Pick] = []
    taken = 0
    for pick in picks(seed, tickets, one_per_holder=one_per_holder):
        if taken == winners + reserves:
            break
        if pick.result == "winner":
            taken += 1
        late = pick.result == "winner" and taken > winners
        steps.append(msgspec.structs.replace(pick, result="reserve") if late else pick)
    return steps


def numbers_of(steps: Iterable[Pick], result: PickResult) -> list[str]:
    """The numbers of the tickets with this result, in the order in which they were drawn."""
    return [pick.ticket for pick in steps if pick.result == result]


# -- proofs


class DrawProof(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to check a draw offline, the list itself included.

    `holder_salt`, in hex, is revealed with the seed: it lets a holder find the own tickets in the list.
    """

    scheme: Literal["raffle:v1"] = "raffle:v1"
    draw_id: str
    server_seed_hash: str
    server_seed: str | None
    list_digest: str
    list_url: str | None = None
    list_text: str | None = None
    beacon: str = NO_BEACON
    one_per_holder: bool = False
    winners: list[str]
    reserves: list[str] = []
    holder_salt: str | None = None


def verify_draw_proof(proof: DrawProof) -> list[Step]:
    """Check a draw's proof with nothing but what it holds; `games.fairness.verdict` sums the steps up."""
    steps = [seed_step(proof.server_seed, proof.server_seed_hash)]
    if proof.list_text is None:
        told = f"The proof does not hold the list of digest {proof.list_digest}: put it into list_text."
        return [*steps, Step("list", None, told)]
    found = list_digest(proof.list_text)
    if found != proof.list_digest:
        told = f"SHA-256 of the list is {found}, but the digest published at the close is {proof.list_digest}."
        return [*steps, Step("list", False, told)]
    try:
        draw_id, tickets = parse_list_text(proof.list_text)
    except ValueError as error:
        return [*steps, Step("list", False, f"The list cannot be used: {error}.")]
    if draw_id != proof.draw_id:
        return [*steps, Step("list", False, f"The list is that of the draw {draw_id}, not of {proof.draw_id}.")]
    told = f"SHA-256 of the list of {len(tickets)} tickets is {found}, the digest published at the close."
    return [*steps, Step("list", True, told), *_pick_steps(proof, tickets)]


def _pick_steps(proof: DrawProof, tickets: Sequence[ListedTicket]) -> list[Step]:
    if proof.server_seed is None:
        return [Step("winners", None, "The winners can be worked out when the server seed is revealed.")]
    if not is_server_seed(proof.server_seed):
        return [Step("winners", False, "The winners cannot be worked out from a server seed that does not fit.")]
    seed = draw_seed(proof.server_seed, proof.draw_id, proof.list_digest, proof.beacon)
    told = (
        f"The draw's seed is HMAC-SHA256(server seed, {SCHEME}:{proof.draw_id}:{proof.list_digest}:{proof.beacon}) = "
        f"{seed.hex()}."
    )
    steps = draw(seed, tickets, len(proof.winners), len(proof.reserves), one_per_holder=proof.one_per_holder)
    return [
        Step("draw seed", True, told),
        *(Step("pick", True, _told(pick, len(tickets))) for pick in steps),
        _same("winners", numbers_of(steps, "winner"), proof.winners),
        _same("reserves", numbers_of(steps, "reserve"), proof.reserves),
    ]


def _told(pick: Pick, count: int) -> str:
    left = count - pick.step
    *skipped, word = pick.words
    text = f"Step {pick.step}: "
    if skipped:
        text += f"{', '.join(map(str, skipped))} skipped; "
    text += f"{word} mod {left} + {pick.step} = {pick.place}: ticket {pick.ticket}, holder {pick.holder}"
    return f"{text}, {'passed over' if pick.result == 'passed_over' else pick.result}."


def _same(name: str, found: list[str], told: list[str]) -> Step:
    if found != told:
        return Step(name, False, f"The picks give {', '.join(found) or 'none'}, but the proof says {', '.join(told)}.")
    return Step(name, True, f"The picks give these {name}, in order: {', '.join(found) or 'none'}.")
