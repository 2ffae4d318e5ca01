"""US dollars for people."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

_CENT: Final = Decimal("0.01")
_DIME: Final = Decimal("0.1")


def dollars(amount: Decimal) -> str:
    """`$4.98`: to the cent; less than a dime that is no whole cents, to two digits."""
    if amount >= _DIME or amount == amount.quantize(_CENT):
        return f"${amount:,.2f}"
    places = min(10, 1 - amount.adjusted())
    return f"${amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):f}"
