"""How far two judges agree beyond what chance alone would give."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from engine.ranking.intervals import CONFIDENCE, Interval, two_sided_z

Said = TypeVar("Said", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Agreement:
    """``share`` of cases on which both say the same; ``kappa`` is 1 for all, 0 for chance."""

    share: float
    kappa: float
    interval: Interval


def cohen_kappa(
    verdicts: Mapping[tuple[Said, Said], int], confidence: float = CONFIDENCE
) -> Agreement | None:
    """The agreement of two judges; a key is what each said of a case, its value how often.

    Cohen (1960), Educational and Psychological Measurement 20(1), 37-46; its large-sample standard
    error is that of Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72(5), 323-327.

    None without cases, and where both say the same one thing of every case: then chance agrees as
    much as they do.
    """
    z = two_sided_z(confidence)
    count = sum(verdicts.values())
    if not count:
        return None
    values = sorted({value for pair in verdicts for value in pair}, key=repr)
    shares = {pair: number / count for pair, number in verdicts.items()}
    first = {v: sum(s for (a, _), s in shares.items() if a == v) for v in values}
    second = {v: sum(s for (_, b), s in shares.items() if b == v) for v in values}
    same = sum(shares.get((v, v), 0.0) for v in values)
    chance = sum(first[v] * second[v] for v in values)
    if chance >= 1:
        return None
    kappa = (same - chance) / (1 - chance)
    # Theta 1 to 4 of Fleiss, Cohen and Everitt, equation 13.
    agreed = sum(
        shares.get((v, v), 0.0) * ((1 - chance) - (first[v] + second[v]) * (1 - same)) ** 2
        for v in values
    )
    differed = sum(
        share * ((first[b] + second[a]) * (1 - same)) ** 2
        for (a, b), share in shares.items()
        if a != b
    )
    rest = (same * chance - 2 * chance + same) ** 2
    error = sqrt(max(0.0, agreed + differed - rest) / count) / (1 - chance) ** 2
    return Agreement(
        share=same,
        kappa=kappa,
        interval=Interval(max(-1.0, kappa - z * error), min(1.0, kappa + z * error)),
    )
