"""Who can't be told apart from whom, in groups that a reader can follow."""

from collections.abc import Callable


def tie_groups(count: int, tied: Callable[[int, int], bool]) -> list[tuple[int, ...]]:
    """The groups, numbered from 1, that each of ``count`` ranked rows is in; best row first.

    Two rows share a group exactly where they are ``tied``, which is asked of places a < b. A row
    can be tied with two that are not tied with each other: then it is in two groups. This is the
    compact letter display of Piepho (2004), Journal of Computational and Graphical Statistics
    13(2), 456-466, its groups grown one by one from the pairs that are in none yet.
    """
    groups: list[list[int]] = []
    for row in range(count):
        for other in range(row + 1, count):
            if tied(row, other) and not any(row in each and other in each for each in groups):
                groups.append(_grown([row, other], count, tied))
        if not any(row in each for each in groups):
            groups.append([row])
    groups.sort()
    return [
        tuple(number for number, each in enumerate(groups, start=1) if row in each)
        for row in range(count)
    ]


def _grown(group: list[int], count: int, tied: Callable[[int, int], bool]) -> list[int]:
    """The group with every further row that is tied with all in it."""
    for row in range(count):
        if row not in group and all(tied(min(row, each), max(row, each)) for each in group):
            group.append(row)
    return sorted(group)
