"""What is asked for, as the engine takes it."""

from collections.abc import Sequence

from api.runs.inputs import ArmChangeInput, BudgetInput
from engine.runs.arms import ArmChange
from engine.runs.budget import Budget


def labels(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """Labels of arms; None for all."""
    return None if given is None else tuple(given)


def arm_changes(given: Sequence[ArmChangeInput] | None) -> tuple[ArmChange, ...]:
    """How arms are changed."""
    return tuple(
        ArmChange(change.label, change.based_on, change.provider, change.model, change.params)
        for change in given or ()
    )


def budget(given: BudgetInput | None) -> Budget | None:
    """What calls may cost; None where nothing is said about it."""
    return None if given is None else Budget(given.usd, given.allow_unpriced)
