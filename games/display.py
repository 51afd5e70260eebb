"""How a player is shown to others (domain.md, The JSON columns: `display_name_rule`)."""

import unicodedata
from typing import Literal

#: masked: `pl***1`. full: the whole name. hidden: a word for everybody.
DisplayNameRule = Literal["masked", "full", "hidden"]
LONGEST_SHOWN = 32
HIDDEN = "player"
_MASK = "***"
# From what everybody may see to what nobody may: a wheel may only narrow its tenant's rule.
_FROM_WIDE_TO_NARROW: tuple[DisplayNameRule, ...] = ("full", "masked", "hidden")


def shown_name(user_id: str, display_name: str | None, rule: DisplayNameRule) -> str:
    """The name that others see, never longer than 32 characters; without a display name the user id is what is shown.

    Masked, a name keeps its first two characters and its last; one of four or fewer keeps only the first, since the
    rest could be guessed.
    """
    if rule == "hidden":
        return HIDDEN
    name = _visible(display_name or "") or _visible(user_id) or HIDDEN
    if rule == "full":
        return name if len(name) <= LONGEST_SHOWN else name[: LONGEST_SHOWN - 1] + "…"
    return name[0] + _MASK if len(name) <= 4 else name[:2] + _MASK + name[-1]


def narrower(one: DisplayNameRule, other: DisplayNameRule) -> DisplayNameRule:
    """The rule that shows less."""
    return max(one, other, key=_FROM_WIDE_TO_NARROW.index)


def _visible(name: str) -> str:
    """A name without control characters and the marks that turn the direction of what follows."""
    kept = "".join(character for character in name if unicodedata.category(character) not in {"Cc", "Cf", "Cs"})
    return " ".join(kept.split())
