"""What is chosen in the dialog that starts a run, and how much work it is."""

import math
import uuid
from typing import Any

from ui import formats


class StartChoice:
    """What is chosen, and how many attempts that makes. Numbers are kept as they are typed."""

    def __init__(self, offered: dict[str, str] | None = None) -> None:
        self.offered = offered or {}
        self.name = ""
        self.version = 0
        self.scenarios = 0
        self.arms: list[dict[str, Any]] = []
        self.chosen: set[str] = set()
        self.unavailable: dict[str, str] = {}
        self.sample = "all"
        self.limit = "100"
        self.share = "10"
        self.seed = "1"
        self.repeats = "1"
        # one for the whole dialog: a click that is sent twice starts one run
        self.key = str(uuid.uuid4())

    def take(self, choices: dict[str, Any]) -> None:
        """Take over what the API offers; every arm that can run is ticked."""
        definition = choices["definition"]
        version = definition["version"]
        self.name, self.version = definition["name"], version["number"]
        self.scenarios = version["scenarioCount"]
        self.arms = version["arms"]
        self.repeats = str(version["repeats"])
        self.limit = str(min(100, self.scenarios))
        self.unavailable = {
            arm["label"]: arm["unavailableReason"] for arm in self.arms if arm["unavailableReason"]
        }
        self.chosen = {arm["label"] for arm in self.arms if arm["label"] not in self.unavailable}

    @property
    def subjects(self) -> int:
        """How many scenarios; 0 where the numbers make no sense."""
        if self.sample == "limit":
            return min(_whole(self.limit), self.scenarios)
        if self.sample == "random":
            share = _share(self.share)
            valid = share is not None and _is_whole(self.seed)
            return math.ceil(round(self.scenarios * share, 9)) if valid and share is not None else 0
        return self.scenarios

    @property
    def attempts(self) -> int:
        """How many attempts will be made."""
        repeats = _whole(self.repeats)
        return self.subjects * len(self.chosen) * (repeats if repeats <= 1000 else 0)

    def sum(self) -> tuple[str, bool]:
        """The amount of work in words, and whether there is any."""
        if not self.chosen:
            return "Choose at least one arm.", False
        if not self.subjects:
            return self._no_subject(), False
        if not self.attempts:
            return "Repeats must be between 1 and 1,000.", False
        parts = [
            formats.counted(self.subjects, "scenario"),
            formats.counted(len(self.chosen), "arm"),
            formats.counted(_whole(self.repeats), "repeat"),
        ]
        return f"{' × '.join(parts)} = {formats.counted(self.attempts, 'attempt')}", True  # noqa: RUF001

    def _no_subject(self) -> str:
        if not self.scenarios:
            return "This version has no scenarios: there is nothing to run."
        if self.sample == "limit":
            return f"This sample has no scenario: take a whole number from 1 to {self.scenarios:,}."
        if _share(self.share) is None:
            return "This sample has no scenario: take a share over 0 and at most 100 percent."
        return "A random share needs a seed: a whole number."

    def input(self, definition: str) -> dict[str, Any]:
        """The mutation's input."""
        return {**self.work(definition), "idempotencyKey": self.key}

    def work(self, definition: str) -> dict[str, Any]:
        """What would be run: the input of an estimate."""
        sample: dict[str, Any] = {}
        if self.sample == "limit":
            sample = {"limit": _whole(self.limit)}
        elif self.sample == "random":
            sample = {"fraction": _share(self.share), "seed": int(self.seed)}
        return {
            "definitionId": definition,
            "version": self.version,
            "arms": [arm["label"] for arm in self.arms if arm["label"] in self.chosen],
            "sample": sample or None,
            "repeats": _whole(self.repeats),
        }


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
