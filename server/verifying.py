"""Checking proof files offline: of a spin or of a draw, told apart by the scheme, or of many spins, a line each."""

import msgspec

from games.errors import BadRequest
from games.fairness import SpinProof, Step, verdict, verify_spin_proof
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


class WheelReport(msgspec.Struct):
    """Of one wheel's spins: how many hold, how many wait for their seed to be revealed, how many do not hold."""

    checked: int = 0
    pending: int = 0
    differing: int = 0


class Report(msgspec.Struct):
    """What checking a file of many proofs has found: by wheel, and of each spin that does not hold the first reason."""

    wheels: dict[str, WheelReport] = {}
    faults: list[str] = []


def is_export(content: bytes) -> bool:
    """Whether a file holds proofs a line each, and not one proof."""
    lines = content.split(b"\n", 2)
    if len(lines) < 2 or not lines[1].strip():
        return False
    try:
        msgspec.json.decode(lines[0], type=_Scheme)
    except msgspec.DecodeError:
        return False
    return True


def verify_export(content: bytes) -> Report:
    """Check every proof of a file. Raises `BadRequest`, naming the line, for what is no proof."""
    report = Report()
    for number, line in enumerate(content.splitlines(), 1):
        try:
            proof = msgspec.json.decode(line, type=SpinProof)
        except msgspec.DecodeError as error:
            raise BadRequest(f"Line {number} is not a proof of a spin: {error}.") from error
        wheel = report.wheels.setdefault(proof.wheel_id or "unnamed", WheelReport())
        steps = verify_spin_proof(proof)
        match verdict(steps):
            case True:
                wheel.checked += 1
            case None:
                wheel.pending += 1
            case _:
                wheel.differing += 1
                wrong = next(step for step in steps if step.ok is False)
                report.faults.append(f"{proof.session_id}: {wrong.name}: {wrong.text}")
    return report
