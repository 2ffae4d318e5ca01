"""What a run will take, in one line."""

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from cli.output import counted, duration_s
from engine.runs.estimate import ArmEstimate, Basis, RunEstimate

_CENT: Final = Decimal("0.01")


def estimate_line(estimate: RunEstimate, dialled: Collection[str]) -> str:
    """Time, cost and where they are known from; ``dialled`` are the labels of arms that may cost.

    `Estimate: 800 attempts, about 2 min 05 s, about $0.42; from 1,200 earlier attempts`
    """
    arms = [arm for arm in estimate.arms if arm.label in dialled]
    known = sum(arm.basis_attempts for arm in arms)
    guessed = [arm.label for arm in arms if arm.basis is Basis.GUESS]
    sources = [f"from {counted(known, 'earlier attempt')}"] if known else []
    if guessed:
        sources.append(f"a guess for {', '.join(guessed)}, not run before")
    time = duration_s(estimate.duration_s) if estimate.duration_s >= 1 else "1 s"
    return (
        f"Estimate: {counted(estimate.attempt_count, 'attempt')}, about {time}, "
        f"{_cost(arms)}; {'; '.join(sources)}"
    )


def _cost(arms: Collection[ArmEstimate]) -> str:
    """The cost of the arms that have a price, and which have none."""
    priced = [arm.cost_usd for arm in arms if arm.cost_usd is not None]
    unpriced = [arm.label for arm in arms if arm.cost_usd is None]
    words = []
    if priced:
        total = sum(priced, Decimal(0))
        if total >= _CENT:
            words.append(f"about ${total:,.2f}")
        else:
            words.append("under $0.01" if total else "$0.00")
    if unpriced:
        words.append(f"unpriced: {', '.join(unpriced)}")
    return ", ".join(words)
