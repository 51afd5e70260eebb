"""The mapping of an import: which models of another project are wheels, rewards, chances and users, by field."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from games.errors import BadRequest, Fault
from games.rewards import RewardType


class Columns(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where columns come from: `fields` of the other project by our names, or `constants` for what it does not have."""

    fields: dict[str, str] = {}
    constants: dict[str, Any] = {}


class Model(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A model (`app_label.modelname`), its columns, and what its values are called here, column by column."""

    model: str
    fields: dict[str, str] = {}
    constants: dict[str, Any] = {}
    values: dict[str, dict[str, Any]] = {}

    def name_of(self, column: str) -> str:
        """What a column of ours is called there, for a message to its people."""
        return self.fields.get(column, column)


class RewardModel(Model, frozen=True):
    """Rewards. `details`: the columns of `reward_detail`, by type."""

    details: dict[str, Columns] = {}


class Mapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is brought. `time_zone`: of times that name none."""

    wheels: Model
    rewards: RewardModel
    chances: Model | None = None
    users: Model | None = None
    time_zone: str | None = None

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of times that name none."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)


#: What each kind of object may be told of.
KNOWN = {
    "wheels": "wheel_name wheel_slug wheel_description spin_chance_for_page_visit opens_at closes_at wheel_config"
    " spin_config",
    "rewards": "wheel reward_slug reward_label reward_type reward_color reward_description range_start range_end"
    " probability weight",
    "chances": "user_id chance_type chance_count used_chances award_reason expires_at wheels",
    "users": "user_id",
}


def load(path: Path) -> Mapping:
    """Read a mapping. Raises `BadRequest` with every fault."""
    try:
        mapping = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Mapping)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path.name} is no TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise BadRequest(f"{path.name} does not fit: {error}.") from None
    faults = [
        Fault(f"{section}.{name}", f"there is no such column; there are {KNOWN[section]}")
        for section in KNOWN
        if (model := getattr(mapping, section)) is not None
        for name in sorted({*model.fields, *model.constants, *model.values})
        if name not in KNOWN[section].split()
    ]
    faults += [
        Fault(f"rewards.details.{kind}", f"is no reward_type; these are {', '.join(RewardType)}")
        for kind in mapping.rewards.details
        if kind not in tuple(RewardType)
    ]
    try:
        _ = mapping.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(
            Fault("time_zone", f"there is no time zone {mapping.time_zone!r}; use a name such as Europe/Malta")
        )
    if faults:
        raise BadRequest(f"{path.name} does not fit: every fault is listed.", faults=faults)
    return mapping
