"""The arms in a dialog that starts a run, by provider: to be ticked, changed and added to."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from ui.components.arm_choice import ArmChoice, ArmChoices
from ui.components.arm_editor import ArmEditor, takes_model
from ui.components.base import button, tag
from ui.components.inputs import check_box, select_field
from ui.queries.definitions import ProviderModels
from ui.texts import _

_LIKE = "like "
_OF = "of "


class ArmsField:
    """``changed`` is called whenever what would be run is other; ``origin`` says what an arm that
    is changed differs from."""

    def __init__(
        self,
        arms: ArmChoices,
        providers: Sequence[ProviderModels],
        changed: Callable[[], Any],
        *,
        origin: str,
    ) -> None:
        self._arms = arms
        self._providers: Mapping[str, ProviderModels] = {one["name"]: one for one in providers}
        self._changed = changed
        self._origin = origin
        self._wanted = ""
        with tag("fieldset"):
            tag("legend", _("Arms"))
            # in the definition's order, except that a provider's arms stand together
            order = list(dict.fromkeys(arm.provider for arm in arms.all))
            by_provider = sorted(arms.all, key=lambda arm: order.index(arm.provider))
            for provider, group in groupby(by_provider, key=lambda arm: arm.provider):
                tag("h3", self._title(provider), "arm-group")
                for arm in group:
                    self._draw(arm)
            self._further = tag("div")
            self._draw_adding()

    def _title(self, provider: str) -> str:
        known = self._providers.get(provider)
        return known["title"] if known else provider

    def _models(self, provider: str) -> list[str]:
        known = self._providers.get(provider)
        return [model["id"] for model in known["models"]] if known else []

    def _draw(self, arm: ArmChoice, *, unfolded: bool = False) -> None:
        check_box(
            arm.label,
            arm.ticked,
            partial(self._tick, arm),
            note=arm.unavailable or arm.was_model,
            disabled=arm.unavailable is not None,
        )
        models = self._models(arm.provider)
        # an arm that calls nobody has nothing that could be other
        if arm.was_params or takes_model(arm, models):
            ArmEditor(arm, models, self._changed, origin=self._origin, unfolded=unfolded)

    def _tick(self, arm: ArmChoice, ticked: bool) -> None:
        arm.ticked = ticked
        self._changed()

    def _draw_adding(self) -> None:
        """A further arm is like one that is there, or of a provider whose models are known."""
        options = {
            f"{_LIKE}{arm.label}": _("like {label}").format(label=arm.label)
            for arm in self._arms.all
            if arm.unavailable is None and (arm.was_params or arm.was_model)
        } | {
            f"{_OF}{one['name']}": one["title"]
            for one in self._providers.values()
            if one["available"] and one["models"]
        }
        if not options:
            return
        self._wanted = next(iter(options))
        with tag("details", "", "arm-params arm-further"):
            tag("summary", _("Add an arm"))
            with tag("div", "", "line arm-adding"):
                select_field(_("A further arm"), options, self._wanted, self._want)
                button(_("Add"), self._add)

    def _want(self, wanted: str) -> None:
        self._wanted = wanted

    def _add(self) -> None:
        if self._wanted.startswith(_LIKE):
            arm = self._arms.add_like(self._wanted.removeprefix(_LIKE))
        else:
            arm = self._arms.add_of(self._wanted.removeprefix(_OF))
        with self._further:
            self._draw(arm, unfolded=True)
        self._changed()
