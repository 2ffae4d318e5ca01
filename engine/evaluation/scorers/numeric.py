"""numeric: the output is the expected number, in exact decimals."""

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from engine.evaluation.scorers.contract import Check, Scorer, UnreadableError

MAX_CHARS = 1000
MAX_EXPONENT = 1000
_NUMBER = re.compile(
    r"""
    (?P<sign>[-+]?) [$€£¥]? (?P<late_sign>[-+]?)
    (?P<digits> [0-9]{1,3}(?:,[0-9]{3})+ | [0-9]+ )?
    (?P<fraction> \.[0-9]* )?
    (?P<exponent> [eE][-+]?[0-9]{1,4} )?
    """,
    re.VERBOSE,
)
# Large enough to subtract any two numbers within the limits above without rounding.
_EXACT = Context(prec=4 * MAX_EXPONENT + 2 * MAX_CHARS)


def read_number(text: str) -> Decimal | None:
    """The number that ``text`` is, exactly; None when it is not one number.

    Understood: space around it, a sign (also U+2212), a leading currency sign, commas between
    groups of three digits, an exponent, and a full stop or comma after it. "1,5" and "50%" are not
    numbers: what they mean depends on who wrote them.
    """
    text = text.strip().rstrip(".,").replace("\N{MINUS SIGN}", "-")
    if len(text) > MAX_CHARS:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None or (match["sign"] and match["late_sign"]):
        return None
    digits = (match["digits"] or "").replace(",", "") + (match["fraction"] or "")
    if not digits.strip("."):
        return None
    exponent = match["exponent"] or ""
    if exponent and abs(int(exponent[1:])) > MAX_EXPONENT:
        return None
    return Decimal(f"{match['sign']}{match['late_sign']}{digits}{exponent}")


class NumericScorer(Scorer):
    """Compares two numbers: 130001 is not 130000, "1,000" is 1000, "18." is 18."""

    def __init__(self, *, tolerance: Decimal, **common: Any) -> None:
        super().__init__(kind="numeric", **common)
        self._tolerance = tolerance

    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        actual = self._read_output(output)
        expected = self._read_expected(variables, actual)
        wanted, found = read_number(expected), read_number(actual)
        if wanted is None or found is None:
            which = "the expected text" if wanted is None else "the output"
            hint = "" if self._extract is not None else "; say with `extract` where it stands"
            raise UnreadableError(
                f"{which} could not be read as one number{hint}", expected=expected, actual=actual
            )
        if self._tolerance:
            passed = abs(_EXACT.subtract(wanted, found)) <= self._tolerance
        else:
            passed = wanted == found
        return Check(passed, expected.strip(), actual.strip())
