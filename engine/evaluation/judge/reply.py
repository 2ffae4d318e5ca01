"""A judge's reply as scores: as JSON, or where it is none, as lines of text. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.evaluation.grids.spec import GridSpec
from engine.evaluation.judge.criteria import Criterion, criteria_of

EXCERPT_CHARS: Final = 500
_BESIDE: Final = ("risk", "confidence")


@dataclass(frozen=True, slots=True)
class Judged:
    """A score from 0 to 100 and its reason (empty where none was given)."""

    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said: of each criterion in the grid's order, and beside them.

    ``quality`` is the weighted mean of the scores, 0 to 100: computed here, never by the model.
    """

    criteria: tuple[tuple[Criterion, Judged], ...]
    risk: Judged
    confidence: Judged

    @property
    def quality(self) -> float:
        """Σ category weight x subcriterion weight x score, over the sum of these products."""
        weights = _shares(self.criteria)
        return sum(
            weight * judged.score
            for weight, (_, judged) in zip(weights, self.criteria, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why no scores could be read; ``code`` is for machines."""

    code: str
    message: str


def read_reply(text: str | None, grid: GridSpec) -> Judgement | Unreadable:
    """The scores in a reply. Never raises for what the reply holds."""
    if not text:
        return Unreadable("empty_reply", "The judge replied without text")
    criteria = criteria_of(grid)
    names = [*(criterion.id for criterion in criteria), *_BESIDE]
    said = _as_json(text, names) or _as_lines(text, names)
    titles = {criterion.id: criterion.item.criterion for criterion in criteria}
    missing = [titles.get(name, name) for name in names if name not in said]
    if missing:
        of = ", ".join(missing) if said else "anything"
        return Unreadable("missing_scores", f"The judge gave no score for {of}")
    wrong = [titles.get(name, name) for name in names if not 0 <= said[name].score <= 100]
    if wrong:
        words = f"The judge's score for {', '.join(wrong)} is not between 0 and 100"
        return Unreadable("score_out_of_range", words)
    return Judgement(
        tuple((criterion, said[criterion.id]) for criterion in criteria),
        risk=said["risk"],
        confidence=said["confidence"],
    )


def _shares(criteria: tuple[tuple[Criterion, Judged], ...]) -> list[float]:
    """Each criterion's part of the whole; they sum to 1, however far off the weights are."""
    categories = {criterion.category.name: criterion.category for criterion, _ in criteria}
    total = sum(category.weight for category in categories.values())
    within = {
        name: sum(item.weight for item in category.subcriteria)
        for name, category in categories.items()
    }
    return [
        criterion.category.weight / total * criterion.item.weight / within[criterion.category.name]
        for criterion, _ in criteria
    ]


def _as_json(text: str, names: list[str]) -> dict[str, Judged]:
    """The scores of a JSON object, which may stand in a fence or between sentences."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return {}
    try:
        value = orjson.loads(text[start : end + 1])
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: found for name in names if (found := _judged(value.get(name))) is not None}


def _judged(value: Any) -> Judged | None:
    reason: Any = ""
    if isinstance(value, Mapping):
        value, reason = value.get("score"), value.get("reason", "")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Judged(float(value), reason if isinstance(reason, str) else "")


def _as_lines(text: str, names: list[str]) -> dict[str, Judged]:
    """The scores of lines such as `c1_1: clear, 85` or `**risk** = 10/100`.

    The last number of the line is the score; `/100` after it is not.
    """
    said: dict[str, Judged] = {}
    for line in text.splitlines():
        found = re.match(r"\W*(\w+)\W*[:=](.*)", line)
        if found is None or found[1].casefold() not in names:
            continue
        rest = re.sub(r"/\s*100\b", "", found[2])
        numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w%]*\d)", rest)
        if numbers:
            said[found[1].casefold()] = Judged(float(numbers[-1]), rest.strip())
    return said
