"""The arms in a dialog that starts a run: which take part, and what is other in them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ui.texts import _


@dataclass
class ArmChoice:
    """An arm as it is offered, and as it will be. What is typed is kept as text.

    ``source`` is what the API needs to make a further arm; {} for one that is there.
    """

    label: str
    provider: str
    was_model: str = ""
    was_params: dict[str, Any] = field(default_factory=dict)
    unavailable: str | None = None
    source: dict[str, str] = field(default_factory=dict)
    ticked: bool = True

    def __post_init__(self) -> None:
        self.reset()

    @classmethod
    def of(cls, arm: dict[str, Any]) -> "ArmChoice":
        """From the API's; one that can't be called takes no part."""
        reason = arm["unavailableReason"]
        params = arm.get("params") or {}
        model = arm["model"] or ""
        return cls(arm["label"], arm["provider"], model, params, reason, ticked=reason is None)

    def reset(self) -> None:
        """As it is offered."""
        self.model = self.was_model
        self.params = json_text(self.was_params)

    @property
    def is_further(self) -> bool:
        """Whether it is not there yet."""
        return bool(self.source)

    @property
    def is_changed(self) -> bool:
        """Whether something of it is other than it was."""
        return self.model.strip() != self.was_model or self.read_params() != self.was_params

    def read_params(self) -> dict[str, Any] | None:
        """The parameters; None where what is typed is no JSON object."""
        try:
            read = json.loads(self.params or "{}", parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
        return read if isinstance(read, dict) else None

    def problem(self) -> str | None:
        """Why it can't be run as it is typed."""
        if self.is_further and not self.label.strip():
            return _("A further arm needs a name.")
        if self.was_model and not self.model.strip():
            return _("A model is needed.")
        return self.params_problem()

    def params_problem(self) -> str | None:
        """Why the parameters can't be read, and where."""
        if self.read_params() is not None:
            return None
        try:
            json.loads(self.params, parse_constant=_refuse)
        except json.JSONDecodeError as error:
            return _("This is not JSON: line {line}, column {column}.").format(
                line=error.lineno, column=error.colno
            )
        except (ValueError, RecursionError):
            return _("This is not JSON.")
        return _('Parameters are a JSON object, such as {{"temperature": 0}}.').format()

    def change(self) -> dict[str, Any] | None:
        """The API's change of the arm; None where there is none."""
        if not (self.is_further or self.is_changed):
            return None
        changed: dict[str, Any] = {"label": self.label.strip(), **self.source}
        if self.model.strip() != self.was_model:
            changed["model"] = self.model.strip()
        params = self.read_params()
        if params != self.was_params:
            changed["params"] = params
        return changed


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class ArmChoices:
    """All arms of a dialog."""

    def __init__(self, arms: Iterable[dict[str, Any]] = ()) -> None:
        self.all = [ArmChoice.of(arm) for arm in arms]

    @property
    def ticked(self) -> list[ArmChoice]:
        """Those that take part."""
        return [arm for arm in self.all if arm.ticked]

    def labels(self) -> list[str]:
        """Those of them that are there, as the API takes them."""
        return [arm.label for arm in self.ticked if not arm.is_further]

    def changes(self) -> list[dict[str, Any]] | None:
        """What is other, as the API takes it."""
        found = [change for arm in self.ticked if (change := arm.change()) is not None]
        return found or None

    def problem(self) -> str | None:
        """Why they can't be run."""
        if not self.ticked:
            return _("Choose at least one arm.")
        labels = [arm.label.strip() for arm in self.all]
        for arm in self.ticked:
            if problem := arm.problem():
                return f"{arm.label}: {problem}"
            if labels.count(arm.label.strip()) > 1:
                return _("Two arms are called {label}.").format(label=arm.label)
        return None

    def add_like(self, label: str) -> ArmChoice:
        """A further arm like the one that is called ``label``, under a name of its own."""
        like = next(arm for arm in self.all if arm.label == label)
        params = dict(like.was_params)
        made = ArmChoice(
            self._free_name(label), like.provider, like.was_model, params, source={"basedOn": label}
        )
        self.all.append(made)
        return made

    def add_of(self, provider: str) -> ArmChoice:
        """A further arm of ``provider``, whose model is not chosen yet."""
        made = ArmChoice(self._free_name(provider), provider, source={"provider": provider})
        self.all.append(made)
        return made

    def _free_name(self, wanted: str) -> str:
        taken = {arm.label for arm in self.all}
        names = (f"{wanted} {number}" for number in range(2, len(taken) + 3))
        return next(name for name in names if name not in taken)


def json_text(value: dict[str, Any]) -> str:
    """A JSON object to be edited; nothing for an empty one."""
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
