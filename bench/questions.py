"""Questions as long and as varied as those of GSM8K, made from a seed."""

import random
from typing import Final

_WHO: Final = ("Ana", "Ben", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hana")
_WHAT: Final = ("apples", "books", "tickets", "pencils", "stamps", "eggs", "cookies", "marbles")


def questions(count: int) -> list[dict[str, str]]:
    """``count`` rows with an id, a question of some 45 words and its answer."""
    dice = random.Random(20_260)
    rows = []
    for number in range(count):
        who, other = dice.sample(_WHO, 2)
        what = dice.choice(_WHAT)
        a, b, c = (dice.randint(2, 99) for _ in range(3))
        rows.append(
            {
                "id": f"q{number}",
                "question": (
                    f"{who} has {a} boxes with {b} {what} in each of them. {other} brings {c} more "
                    f"{what} on Monday, and on each of the next {dice.randint(2, 9)} days nothing "
                    f"changes at all. How many {what} do {who} and {other} have together when the "
                    "week is over? Think step by step, and end with a line that holds the number."
                ),
                "answer": str(a * b + c),
            }
        )
    return rows
