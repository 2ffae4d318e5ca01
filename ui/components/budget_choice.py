"""What a run may spend, as it is chosen in a dialog, and what is to be said of it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from ui import formats
from ui.queries.estimate import RunEstimate
from ui.texts import _, later

HIGHEST_USD: Final = 1_000_000
NO_AMOUNT: Final = later("A budget is a number of US dollars, over 0 and at most 1,000,000.")


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of a budget: why it is none, or what will become of it."""

    words: str = ""
    wrong: bool = False


class BudgetChoice:
    """What is typed, in US dollars (empty: no budget), and the yes to arms without a price."""

    def __init__(self, usd: str | None = None) -> None:
        self.text = "" if usd is None else amount_text(usd)
        self._estimate: RunEstimate | None = None
        # A yes is to the arms that were named: another one that has no price is asked for anew.
        self._agreed: frozenset[str] = frozenset()

    def take(self, estimate: RunEstimate | None) -> None:
        """Take over what the run is likely to cost; None where that isn't known."""
        self._estimate = estimate

    def agree(self, agreed: bool) -> None:
        """Say yes, or no, to the arms that are not counted."""
        self._agreed = frozenset(self.uncounted) if agreed else frozenset()

    @property
    def is_valid(self) -> bool:
        """Whether what is typed is a budget, or none."""
        return not self.text.strip() or self._usd is not None

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The labels of the arms that the budget can't count."""
        if self._usd is None or self._estimate is None:
            return ()
        return tuple(self._estimate["uncountedArms"])

    @property
    def agreed(self) -> bool:
        """Whether every arm is counted, or there was a yes to it."""
        return self._agreed.issuperset(self.uncounted)

    @property
    def possible(self) -> bool:
        """Whether a run can be started with it."""
        return self.is_valid and self.agreed

    def told(self) -> Told:
        """What is to be said of it."""
        if not self.is_valid:
            return Told(_(NO_AMOUNT), wrong=True)
        cost = self._estimate["costUsd"] if self._estimate else None
        if self._usd is None or cost is None or Decimal(cost) <= Decimal(self._usd):
            return Told()
        words = _("This is likely to cost {cost}: the run will pause at {budget}, before its end.")
        return Told(words.format(cost=formats.cost(cost), budget=formats.cost(self._usd)))

    def input(self) -> dict[str, object]:
        """As the API takes it."""
        return {"usd": self._usd, "allowUnpriced": bool(self.uncounted) and self.agreed}

    @property
    def _usd(self) -> str | None:
        return dollars(self.text)


def dollars(text: str) -> str | None:
    """An amount as the API takes it; None where it is none that a budget can be."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return f"{amount:f}" if amount.is_finite() and 0 < amount <= HIGHEST_USD else None


def amount_text(usd: str) -> str:
    """An amount of the API as a person types it: 5.0000000000 -> 5, 2.5000000000 -> 2.5."""
    return f"{Decimal(usd).normalize():f}"
