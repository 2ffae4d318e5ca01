"""What is chosen in the dialog that starts a run, and how much work it is."""

import math
import uuid
from typing import Any

from ui.components.arm_choice import ArmChoices
from ui.components.budget_choice import BudgetChoice
from ui.texts import _, plural


class StartChoice:
    """What is chosen, and how many attempts that makes. Numbers are kept as they are typed."""

    def __init__(self, offered: dict[str, str] | None = None) -> None:
        self.offered = offered or {}
        self.name = ""
        self.version = 0
        self.scenarios = 0
        self.arms = ArmChoices()
        # all, limit (so many) or fraction (a share of them)
        self.sample = "all"
        # first or random
        self.draw = "first"
        self.limit = "100"
        self.share = "10"
        self.seed = "1"
        self.repeats = "1"
        self.budget = BudgetChoice()
        # by id: the profiles that can judge; "" is none
        self.evaluators: dict[str, str] = {}
        self.evaluator = ""
        # one for the whole dialog: a click that is sent twice starts one run
        self.key = str(uuid.uuid4())

    def take(self, choices: dict[str, Any]) -> None:
        """Take over what the API offers; every arm that can run is ticked."""
        definition = choices["definition"]
        version = definition["version"]
        self.name, self.version = definition["name"], version["number"]
        self.scenarios = version["scenarioCount"]
        self.arms = ArmChoices(version["arms"])
        self.repeats = str(version["repeats"])
        self.limit = str(min(100, self.scenarios))
        profiles = (edge["node"] for edge in choices["evaluatorProfiles"]["edges"])
        self.evaluators = {profile["id"]: _evaluator_words(profile) for profile in profiles}

    @property
    def subjects(self) -> int:
        """How many scenarios; 0 where the numbers make no sense."""
        if self.sample == "all":
            return self.scenarios
        if self.draw == "random" and not _is_whole(self.seed):
            return 0
        if self.sample == "limit":
            return min(_whole(self.limit), self.scenarios)
        return math.ceil(round(self.scenarios * (_share(self.share) or 0), 9))

    @property
    def attempts(self) -> int:
        """How many attempts will be made."""
        repeats = _whole(self.repeats)
        arms = 0 if self.arms.problem() else len(self.arms.ticked)
        return self.subjects * arms * (repeats if repeats <= 1000 else 0)

    def sum(self) -> tuple[str, bool]:
        """The amount of work in words, and whether there is any."""
        if (problem := self.arms.problem()) is not None:
            return problem, False
        if not self.subjects:
            return self._no_subject(), False
        if not self.attempts:
            return _("Repeats must be between 1 and 1,000."), False
        parts = [
            plural("{n} scenario", "{n} scenarios", self.subjects),
            plural("{n} arm", "{n} arms", len(self.arms.ticked)),
            plural("{n} repeat", "{n} repeats", _whole(self.repeats)),
        ]
        attempts = plural("{n} attempt", "{n} attempts", self.attempts)
        return f"{' × '.join(parts)} = {attempts}", True  # noqa: RUF001

    def _no_subject(self) -> str:
        if not self.scenarios:
            return _("This version has no scenarios: there is nothing to run.")
        if self.sample == "limit" and not _whole(self.limit):
            return _("This sample has no scenario: take a whole number from 1 to {most}.").format(
                most=f"{self.scenarios:,}"
            )
        if self.sample == "fraction" and _share(self.share) is None:
            return _("This sample has no scenario: take a share over 0 and at most 100 percent.")
        return _("A random sample needs a seed: a whole number.")

    def input(self, definition: str) -> dict[str, Any]:
        """The mutation's input."""
        return {
            **self.work(definition),
            "budget": self.budget.input(),
            "evaluatorProfileId": self.evaluator or None,
            "idempotencyKey": self.key,
        }

    def work(self, definition: str) -> dict[str, Any]:
        """What would be run: the input of an estimate."""
        return {
            "definitionId": definition,
            "version": self.version,
            "arms": self.arms.labels(),
            "armChanges": self.arms.changes(),
            "sample": self._sample(),
            "repeats": _whole(self.repeats),
        }

    def _sample(self) -> dict[str, Any] | None:
        """Which scenarios, as the API takes it."""
        if self.sample == "all":
            return None
        seed = {"seed": int(self.seed)} if self.draw == "random" else {}
        if self.sample == "limit":
            return {"limit": _whole(self.limit), **seed}
        return {"fraction": _share(self.share), **seed}


def _evaluator_words(profile: dict[str, Any]) -> str:
    version = profile["version"]
    return _("{name}, version {number}: grid {grid}").format(
        name=profile["name"], number=version["number"], grid=version["grid"]
    )


def _is_whole(text: str) -> bool:
    return text.strip().lstrip("-").isascii() and text.strip().lstrip("-").isdigit()


def _whole(text: str) -> int:
    return max(0, int(text)) if _is_whole(text) else 0


def _share(percent: str) -> float | None:
    try:
        share = float(percent) / 100
    except ValueError:
        return None
    return share if 0 < share <= 1 else None
