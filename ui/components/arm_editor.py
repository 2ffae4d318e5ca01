"""The model and the parameters of an arm, to be changed for one run."""

from collections.abc import Callable, Sequence
from typing import Any

from ui.components.arm_choice import ArmChoice
from ui.components.base import Live, button, tag
from ui.components.inputs import code_field, text_field
from ui.texts import _, plural


class ArmEditor:
    """Unfolds under the arm; its fields are made when it first does, for there may be many arms."""

    def __init__(
        self,
        arm: ArmChoice,
        models: Sequence[str],
        changed: Callable[[], Any],
        *,
        origin: str,
        unfolded: bool,
    ) -> None:
        self._arm = arm
        self._models = models
        self._changed = changed
        self._origin = origin
        with tag("details", "", "arm-params", open=unfolded) as details:
            with tag("summary", aria_label=f"{self._summary()}: {arm.label}"):
                tag("span", self._summary())
                self._state = Live(self._words(), _draw_state, "span")
            self._fields = tag("div", "", "stack-tight arm-fields")
        if unfolded:
            self._fill()
        else:
            details.on("toggle", self._unfold, args=[])

    def _summary(self) -> str:
        count = len(self._arm.was_params)
        if count:
            return plural("{n} parameter", "{n} parameters", count)
        return _("Model and parameters") if self._takes_model() else _("Parameters")

    def _takes_model(self) -> bool:
        return takes_model(self._arm, self._models)

    def _unfold(self) -> None:
        if not self._fields.default_slot.children:
            self._fill()

    def _fill(self) -> None:
        self._fields.clear()
        arm = self._arm
        with self._fields:
            if arm.is_further:
                text_field(_("Name"), arm.label, self._set("label"))
            if self._takes_model():
                self._draw_model()
            self._params = code_field(
                _("Parameters (JSON)"),
                arm.params,
                self._set("params"),
                rows=min(10, arm.params.count("\n") + 2),
                at_every_key=True,
            )
            self._problem = Live(arm.params_problem(), _draw_problem, role="status")
            self._params.props["aria-describedby"] = self._problem.element.html_id
            if not arm.is_further:
                with tag("div", "", "line"):
                    self._undo = button(_("Undo the changes"), self._reset)
        self._show()

    def _draw_model(self) -> None:
        with tag("datalist") as known:
            for model in self._models:
                tag("option", value=model)
        known.props["id"] = known.html_id
        text_field(_("Model"), self._arm.model, self._set("model"), list=known.html_id)

    def _set(self, name: str) -> Callable[[str], None]:
        def change(value: str) -> None:
            setattr(self._arm, name, value)
            self._show()
            self._changed()

        return change

    def _reset(self) -> None:
        self._arm.reset()
        self._fill()
        self._changed()

    def _show(self) -> None:
        problem = self._arm.params_problem()
        self._problem.show(problem)
        self._params.attribute("aria-invalid", "true" if problem else None)
        self._state.show(self._words())
        if not self._arm.is_further:
            self._undo.attribute("disabled", None if self._arm.is_changed else "")

    def _words(self) -> str:
        if self._arm.is_further:
            return _("a further arm")
        return self._origin if self._arm.is_changed else ""


def takes_model(arm: ArmChoice, models: Sequence[str]) -> bool:
    """Whether the arm names a model, of which ``models`` are known."""
    return bool(models or arm.was_model)


def _draw_state(words: str) -> None:
    if words:
        tag("span", words, "changed-mark")


def _draw_problem(problem: str | None) -> None:
    if problem:
        tag("span", problem, "is-bad small")
