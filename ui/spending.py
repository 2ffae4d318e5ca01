"""What became of a run's budget, in words."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from ui import formats
from ui.queries.fragments import Progress
from ui.queries.run import Budget
from ui.queries.runs import RowBudget
from ui.texts import _

NEARLY: Final = Decimal("0.8")
_CENT: Final = Decimal("0.01")


def cost_of_run(progress_cost: str | None, budget: RowBudget | Budget | None) -> str:
    """What a run cost, against its budget where it has one: `$1.24 of $5.00`."""
    if budget is None:
        return formats.cost(progress_cost)
    return _("{spent} of {budget}").format(
        spent=formats.cost(budget["spentUsd"]), budget=formats.cost(budget["limitUsd"])
    )


def remark(budget: Budget) -> str:
    """What is to be noticed of it; empty where nothing is."""
    words = []
    if is_reached(budget):
        words.append(_("used up"))
    elif is_nearly_used(budget):
        words.append(_("nearly used up"))
    if Decimal(budget["uncertainUsd"]):
        uncertain = _("up to {amount} more for calls whose outcome is not known")
        words.append(uncertain.format(amount=formats.cost(budget["uncertainUsd"])))
    return ", ".join(words)


def is_reached(budget: Budget) -> bool:
    """Whether the run has paused at it, and it has not been raised enough since."""
    enough = budget["enoughUsd"]
    return enough is not None and Decimal(enough) > Decimal(budget["limitUsd"])


def is_nearly_used(budget: Budget) -> bool:
    """Whether over 80% of it is spent, or may be."""
    return _taken(budget) > NEARLY * Decimal(budget["limitUsd"])


def least(budget: Budget) -> Decimal:
    """What it must be raised to, in US dollars, for the run to go on."""
    return max(Decimal(budget["enoughUsd"] or 0), Decimal(budget["limitUsd"]))


def suggested(budget: Budget, progress: Progress) -> Decimal:
    """A budget for the whole run, in US dollars: if the rest costs as much as what is done.

    Rounded up to two digits; twice the budget where nothing is done yet.
    """
    if progress["done"]:
        whole = _taken(budget) * progress["total"] / progress["done"]
    else:
        whole = 2 * Decimal(budget["limitUsd"])
    wanted = max(whole, least(budget) + _CENT)
    step = max(Decimal(1).scaleb(wanted.adjusted() - 1), _CENT)
    return (wanted / step).to_integral_value(ROUND_CEILING) * step


def _taken(budget: Budget) -> Decimal:
    return Decimal(budget["spentUsd"]) + Decimal(budget["uncertainUsd"])
