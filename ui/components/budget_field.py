"""What a run may spend: a field of the dialogs that start it and run it again."""

from collections.abc import Callable
from typing import Any

from ui.components.base import Live, tag
from ui.components.budget_choice import BudgetChoice, Told
from ui.components.inputs import check_box, text_field
from ui.queries.estimate import RunEstimate
from ui.texts import _


class BudgetField:
    """``changed`` is called whenever the run could be started now, or could no longer."""

    def __init__(self, choice: BudgetChoice, changed: Callable[[], Any]) -> None:
        self._choice = choice
        self._changed = changed
        self._field = text_field(
            _("Spend at most (USD)"),
            choice.text,
            self._typed,
            kind="number",
            hint=_("The run pauses before its calls cost more. Empty: no limit."),
            min="0",
            step="any",
        )
        self._told = Live(choice.told(), _draw_told, role="status")
        self._field.attribute("aria-describedby", self._told.element.html_id)
        self._uncounted = Live(choice.uncounted, self._draw_uncounted)

    def take(self, estimate: RunEstimate | None) -> None:
        """Take over what the run is likely to cost."""
        self._choice.take(estimate)
        self._show()

    def _typed(self, text: str) -> None:
        self._choice.text = text
        self._show()
        self._changed()

    def _agreed(self, agreed: bool) -> None:
        self._choice.agree(agreed)
        self._changed()

    def _show(self) -> None:
        wrong = None if self._choice.is_valid else "true"
        if self._field.props.get("aria-invalid") != wrong:
            self._field.attribute("aria-invalid", wrong)
        self._told.show(self._choice.told())
        self._uncounted.show(self._choice.uncounted)

    def _draw_uncounted(self, labels: tuple[str, ...]) -> None:
        if labels:
            words = _("Run these too, although they have no price: {arms}")
            check_box(
                words.format(arms=", ".join(labels)),
                self._choice.agreed,
                self._agreed,
                note=_("Their calls are not counted: they can cost more than the budget."),
            )


def _draw_told(told: Told) -> None:
    if told.words:
        tag("span", told.words, "is-bad" if told.wrong else "is-paused")
