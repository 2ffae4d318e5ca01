"""A worker's part of a run's budget: what it may spend, holds for calls, and has spent. Pure.

All amounts are US dollars with at most ten places. At every moment what is charged, uncertain
and held is at most what was drawn, as long as no call costs more than was held for it.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Final

from db.repositories.spending import Books

_PLACE: Final = Decimal("1e-10")
# A draw takes this part of what is left: some hundred draws a run, and less to lose at its end.
_SLICE: Final = 16


def whole_places(amount: Decimal) -> Decimal:
    """The amount as the database can hold it, never less."""
    return amount.quantize(_PLACE, ROUND_CEILING)


def slice_of(left: Decimal, needed: Decimal) -> Decimal | None:
    """What a worker gets that needs ``needed`` for its next call; None when there is too little."""
    if left < needed:
        return None
    return max(needed, (left / _SLICE).quantize(_PLACE, ROUND_DOWN))


class Purse:
    """What one worker has of one run's budget."""

    def __init__(self, books: Books) -> None:
        self._drawn = books.drawn
        self._charged = books.charged
        self._uncertain = books.uncertain
        self._held = Decimal(0)

    @property
    def books(self) -> Books:
        """The sums, as they are stored."""
        return Books(self._drawn, self._charged, self._uncertain)

    @property
    def idle(self) -> Decimal:
        """What can be held; below zero when calls cost more than was held for them."""
        return self._drawn - self._charged - self._uncertain - self._held

    def fill(self, drawn: Decimal) -> None:
        """The worker may spend so much in all."""
        self._drawn = drawn

    def give_back(self) -> None:
        """Keep only what is spent or held."""
        self._drawn -= self.idle

    def hold(self, amount: Decimal) -> bool:
        """Hold ``amount`` for a call; False when there is too little."""
        if self.idle < amount:
            return False
        self._held += amount
        return True

    def let_go(self, amount: Decimal) -> None:
        """The call for which ``amount`` was held was not made, or is surely not charged."""
        self._held -= amount

    def charge(self, amount: Decimal, cost: Decimal) -> None:
        """The call for which ``amount`` was held cost ``cost``."""
        self._held -= amount
        self._charged += cost

    def lose(self, amount: Decimal) -> None:
        """The call for which ``amount`` was held may have cost all of it; nobody knows."""
        self._held -= amount
        self._uncertain += amount
