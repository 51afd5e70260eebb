"""Checking a proof file offline: of a spin or of a draw, told apart by the scheme it names."""

import msgspec

from games.errors import BadRequest
from games.fairness import SpinProof, Step, verify_spin_proof
from games.raffle import DrawProof, verify_draw_proof

VERDICTS = {
    True: "The proof holds.",
    False: "The proof does not hold.",
    None: "Nothing is wrong so far; the rest can be checked once the seed is revealed."
    " Rotate it, then take the proof anew.",
}


class _Scheme(msgspec.Struct):
    scheme: str


def verify_file(content: bytes) -> list[Step]:
    """Every step of checking a proof. Raises `BadRequest` when the content is no proof."""
    try:
        scheme = msgspec.json.decode(content, type=_Scheme).scheme
        if scheme == "wheel:v1":
            return verify_spin_proof(msgspec.json.decode(content, type=SpinProof))
        if scheme == "raffle:v1":
            return verify_draw_proof(msgspec.json.decode(content, type=DrawProof))
    except msgspec.DecodeError as error:
        raise BadRequest(f"This is not a proof: {error}.") from error
    raise BadRequest(f"The scheme {scheme} is not known here; wheel:v1 and raffle:v1 are.")
