"""An estimate in one line."""

from decimal import Decimal

import pytest

from cli.estimate import estimate_line
from engine.runs.estimate import ArmEstimate, Basis, RunEstimate


def arm(label: str, cost: str | None, attempts: int = 0, seconds: float = 125.0) -> ArmEstimate:
    """An arm with 400 attempts; a guess unless it is known from earlier ``attempts``."""
    return ArmEstimate(
        label=label,
        attempts=400,
        duration_s=seconds,
        cost_usd=None if cost is None else Decimal(cost),
        input_tokens=None,
        output_tokens=None,
        latency_ms=1.0,
        basis=Basis.DEFINITION_HISTORY if attempts else Basis.GUESS,
        basis_attempts=attempts,
    )


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        (
            [arm("a", "0.4", 1000), arm("b", "0.02", 200)],
            "800 attempts, about 2 min 05 s, about $0.42; from 1,200 earlier attempts",
        ),
        (
            [arm("a", "1234.5", 1000), arm("b", None)],
            (
                "800 attempts, about 2 min 05 s, about $1,234.50, unpriced: b; "
                "from 1,000 earlier attempts; a guess for b, not run before"
            ),
        ),
        (
            [arm("a", None, seconds=0.1)],
            "400 attempts, about 1 s, unpriced: a; a guess for a, not run before",
        ),
        (
            [arm("a", "0.0001", 1)],
            "400 attempts, about 2 min 05 s, under $0.01; from 1 earlier attempt",
        ),
    ],
)
def test_time_cost_and_source(arms: list[ArmEstimate], words: str) -> None:
    line = estimate_line(RunEstimate(400, tuple(arms)), {"a", "b"})
    assert line == f"Estimate: {words}"


def test_what_dials_nowhere_is_no_news() -> None:
    arms = (arm("a", "0.42", 9), arm("recorded", None))
    line = estimate_line(RunEstimate(400, arms), {"a"})
    assert line.endswith("about $0.42; from 9 earlier attempts")
