"""What a comparison can show: the smallest difference that it would likely find."""

from math import sqrt
from statistics import NormalDist
from typing import Final

from engine.ranking.intervals import CONFIDENCE, two_sided_z

POWER: Final = 0.8


def detectable_difference(
    error: float, confidence: float = CONFIDENCE, power: float = POWER
) -> float:
    """The least true difference that is found in ``power`` of the cases; in the error's unit.

    ``error`` is the standard error of the estimated difference. (z + z_power) * error: e.g.
    NIST/SEMATECH e-Handbook 7.2.2.2; Miller (2024), arXiv:2411.00640, section 5.
    """
    return (two_sided_z(confidence) + NormalDist().inv_cdf(power)) * error


def planned_difference(
    scenarios: int, differing: float, confidence: float = CONFIDENCE, power: float = POWER
) -> float | None:
    """The least difference of two pass rates that so many ``scenarios`` would likely show.

    ``differing`` is the share of scenarios, over 0 and at most 1, that only one of the two arms
    passes. From Connor's sample size of McNemar's test (1987, Biometrics 43(1), 207-211),
    n = (z sqrt(s) + z_power sqrt(s - d^2))^2 / d^2 with s the share, solved for d.

    None where even a difference as large as the share (one arm passes all of those scenarios)
    would not be found: they are too few. Raises ValueError for a share out of bounds.
    """
    if not 0 < differing <= 1:
        raise ValueError(f"a share of {differing} is not over 0 and at most 1")
    z, z_power = two_sided_z(confidence), NormalDist().inv_cdf(power)
    if scenarios * differing < z * z:
        return None
    # With d the unknown: d sqrt(n) - z sqrt(s) = z_power sqrt(s - d^2), a quadratic in d.
    square = scenarios + z_power * z_power
    linear = z * sqrt(scenarios * differing)
    rest = differing * (z * z - z_power * z_power)
    return min(differing, (linear + sqrt(max(0.0, linear * linear - square * rest))) / square)
