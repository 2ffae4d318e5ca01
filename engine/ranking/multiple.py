"""Many comparisons at once: p values that still mean what they say."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted for being so many, in the order given; never less than they were.

    To call decided what has an adjusted p below 5% calls anything wrongly decided in at most 5 of
    100 families of comparisons, whatever depends on what: Holm (1979), Scandinavian Journal of
    Statistics 6(2), 65-70.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for place, index in enumerate(order):
        least = max(least, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = least
    return adjusted
