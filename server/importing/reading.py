"""A fixture read by a mapping: wheels with their rewards, and chances, or every fault that stands against them."""

import re
from collections.abc import Mapping as Objects
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec

from games.chances import ChanceType
from games.errors import BadRequest, Fault
from games.ids import parse_user_id
from games.wheel.offer import PlannedReward, SetReward, fit_together
from server.api.wheel_bodies import WheelBody
from server.importing.columns import Reader
from server.importing.fixture import Record
from server.importing.mapping import Mapping, Model
from server.play.wheels import time_faults

_REWARD_PATH = re.compile(r"\$\.rewards\[(\d+)\]\.?(\w*)")


@dataclass(frozen=True, slots=True)
class ReadWheel:
    """A wheel of the fixture that can be made, with rewards that fit together."""

    record: Record
    body: WheelBody
    rewards: list[SetReward]


class ChanceBody(msgspec.Struct, frozen=True):
    """A grant as a fixture has it."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    chance_count: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    used_chances: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    chance_type: ChanceType = ChanceType.MANUAL
    award_reason: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] = "brought from another system"
    expires_at: datetime | None = None

    @property
    def remaining(self) -> int:
        """What can still be spent, and so is brought: a spent one belongs to a play of the other system."""
        return self.chance_count - self.used_chances


@dataclass(frozen=True, slots=True)
class ReadChance:
    """A grant of the fixture that can be made; `wheels` are objects of the fixture, none for all."""

    record: Record
    body: ChanceBody
    wheels: list[Record]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a fixture brings."""

    wheels: list[ReadWheel] = field(default_factory=list)
    chances: list[ReadChance] = field(default_factory=list)


def read(objects: Objects[str, Sequence[Record]], mapping: Mapping) -> Reading:
    """Read a fixture. Raises `BadRequest` with every fault, each named by its object's pk and its field."""
    reader = Reader(mapping.zone)
    records = _by_key(objects, mapping.wheels)
    if not records:
        raise BadRequest(f"The fixture holds no {mapping.wheels.model}. Check wheels.model of the mapping.")
    rewards = _rewards(objects, mapping, reader, records)
    reading = Reading()
    slugs: dict[str, Record] = {}
    for key, record in records.items():
        wheel = _wheel(record, rewards.get(key, []), mapping, reader)
        if wheel is None:
            continue
        same = slugs.setdefault(wheel.body.wheel_slug, record)
        if same is not record:
            reader.fault(
                record, mapping.wheels.name_of("wheel_slug"), f"{wheel.body.wheel_slug!r} is {same.name}'s too"
            )
        reading.wheels.append(wheel)
    reading.chances.extend(_chances(objects, mapping, reader, records))
    if reader.faults:
        raise BadRequest("The fixture cannot be brought: every fault is listed.", faults=reader.faults)
    return reading


def _wheel(
    record: Record, rewards: list[tuple[Record, PlannedReward | None]], mapping: Mapping, reader: Reader
) -> ReadWheel | None:
    said = reader.columns(record, mapping.wheels)
    body = reader.body(WheelBody, record, said, mapping.wheels.fields)
    planned = [one for _, one in rewards if one is not None]
    if body is None or len(planned) < len(rewards):
        return None
    for fault in time_faults(body.opens_at, body.closes_at):
        reader.fault(record, mapping.wheels.name_of(fault.path.removeprefix("$.")), fault.message)
    try:
        return ReadWheel(record, body, fit_together(planned, body.wheel_config.size))
    except BadRequest as error:
        for fault in error.faults:
            owner, name = _owner(fault, record, [one for one, _ in rewards])
            reader.fault(owner, mapping.rewards.name_of(name) if name else "rewards", fault.message)
    return None


def _owner(fault: Fault, wheel: Record, rewards: Sequence[Record]) -> tuple[Record, str]:
    """The object that a fault of a set of rewards is about, and its column."""
    found = _REWARD_PATH.match(fault.path)
    return (wheel, "") if found is None else (rewards[int(found[1])], found[2] or "probability")


def _rewards(
    objects: Objects[str, Sequence[Record]], mapping: Mapping, reader: Reader, wheels: Objects[str, Record]
) -> dict[str, list[tuple[Record, PlannedReward | None]]]:
    """Rewards by the key of their wheel; None stands for one with faults."""
    model = mapping.rewards
    rewards: dict[str, list[tuple[Record, PlannedReward | None]]] = {}
    for record in objects.get(model.model.lower(), ()):
        said = reader.columns(record, model)
        wheel = str(said.pop("wheel", None))
        if wheel not in wheels:
            reader.fault(record, model.name_of("wheel"), f"there is no {mapping.wheels.model} {wheel} in the fixture")
            continue
        if (details := model.details.get(str(said.get("reward_type")))) is not None:
            said["reward_detail"] = reader.picked(record, details)
        for column in ("probability", "weight"):
            if column in said:
                said[column] = str(said[column])
        rewards.setdefault(wheel, []).append((record, reader.body(PlannedReward, record, said, model.fields)))
    return rewards


def _chances(
    objects: Objects[str, Sequence[Record]], mapping: Mapping, reader: Reader, wheels: Objects[str, Record]
) -> list[ReadChance]:
    model = mapping.chances
    if model is None:
        return []
    users = None if mapping.users is None else _by_key(objects, mapping.users)
    chances = []
    for record in objects.get(model.model.lower(), ()):
        said = reader.columns(record, model)
        named = said.pop("wheels", [])
        bound = [str(one) for one in (named if isinstance(named, list) else [named])]
        for one in bound:
            if one not in wheels:
                reader.fault(
                    record, model.name_of("wheels"), f"there is no {mapping.wheels.model} {one} in the fixture"
                )
        if "user_id" in said:
            said["user_id"] = _user(record, str(said["user_id"]), users, mapping, reader)
        body = reader.body(ChanceBody, record, said, model.fields)
        if body is None or any(one not in wheels for one in bound):
            continue
        if body.remaining < 0:
            reader.fault(record, model.name_of("used_chances"), f"more than {body.chance_count} cannot have been used")
            continue
        chances.append(ReadChance(record, body, [wheels[one] for one in bound]))
    return chances


def _user(record: Record, key: str, users: Objects[str, Record] | None, mapping: Mapping, reader: Reader) -> str:
    """The player's id: as it stands, or as the model of users says."""
    assert mapping.chances is not None
    name = mapping.chances.name_of("user_id")
    user: Any = key
    if users is not None and mapping.users is not None:
        if key not in users:
            reader.fault(record, name, f"there is no {mapping.users.model} {key} in the fixture")
            return key
        user = reader.columns(users[key], mapping.users).get("user_id", key)
    try:
        return parse_user_id(str(user))
    except BadRequest as error:
        reader.fault(record, name, error.message)
        return key


def _by_key(objects: Objects[str, Sequence[Record]], model: Model) -> dict[str, Record]:
    return {str(record.pk): record for record in objects.get(model.model.lower(), ())}
