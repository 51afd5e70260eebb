"""Money and points: decimal strings outside, `Decimal` inside, rounded down to the currency's minor unit.

What rounding down leaves is never lost: whoever splits an amount is given the residue and says where it goes.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from functools import reduce
from math import floor

from games.errors import BadRequest

#: Decimals of the currencies whose minor unit is not a hundredth (ISO 4217).
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
#: Points have no currency: numeric(20,4).
POINTS_DECIMALS = 4

_DECIMAL = re.compile(r"-?\d{1,16}(\.\d{1,30})?", re.ASCII)
#: Enough digits that no sum, product or quotient of kept amounts is rounded unseen.
EXACT = Context(prec=60)


def minor_unit(currency: str) -> int:
    """How many decimals a currency has: 2 unless ISO 4217 says otherwise."""
    return _EXPONENTS.get(currency.upper(), 2)


def parse_decimal(text: str) -> Decimal:
    """A plain decimal string, such as `12.50`. Raises `BadRequest` for anything else: no exponent, no blanks."""
    if _DECIMAL.fullmatch(text) is None:
        raise BadRequest(f"{text!r} is not an amount. Write it with digits and a point, for example 12.50.")
    return Decimal(text)


def is_plain(amount: Decimal) -> bool:
    """Whether an amount is a number that is written without an exponent: as it came, so it goes over the wire."""
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent <= 0


def format_decimal(amount: Decimal, decimals: int) -> str:
    """An amount as a decimal string of so many decimals, rounded down."""
    return format(round_down(amount, decimals), "f")


def round_down(amount: Decimal, decimals: int) -> Decimal:
    """An amount cut, towards zero, to so many decimals."""
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN, context=EXACT)


def split(amount: Decimal, weights: Sequence[int | Decimal], decimals: int) -> tuple[list[Decimal], Decimal]:
    """Share an amount by weights, each share rounded down; and the residue, so that shares and residue are the amount.

    With no weights, or none above zero, all of it is residue. Raises `ValueError` for a negative weight or amount.
    """
    if amount < 0 or any(weight < 0 for weight in weights):
        raise ValueError("neither an amount to split nor a weight is negative")
    total = sum(Fraction(weight) for weight in weights)
    units = Fraction(amount) * 10**decimals
    # Fractions, since a quotient of decimals may be rounded up to what nobody is owed.
    shares = [_units(floor(units * Fraction(weight) / total) if total else 0, decimals) for weight in weights]
    return shares, EXACT.subtract(amount, reduce(EXACT.add, shares, Decimal(0)))


def _units(count: int, decimals: int) -> Decimal:
    return Decimal(count).scaleb(-decimals, context=EXACT)
