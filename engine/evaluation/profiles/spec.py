"""What an evaluator profile says."""

from typing import Final, Literal

from pydantic import Field, StrictBool, StrictStr, model_validator

from engine.definitions.fields import LabelText, TemplateText, fail
from engine.definitions.spec import ArmSpec

PROMPT_VERSIONS: Final = ("judge-1",)


class EvaluatorSpec(ArmSpec):
    """A judge is called as an arm is: provider, model, parameters, address and key reference.

    ``grid`` is a grid's name; what it stands for is pinned when the profile is saved. ``prompt``
    is the version of the judge's prompt. ``structured`` asks the model for JSON by a schema; off,
    for models that can't, its reply is read as text. ``reference`` is a template that gives the
    answer to compare with, of the scenario's variables.
    """

    label: LabelText = Field(alias="name")
    description: StrictStr = Field(default="", max_length=10_000)
    grid: LabelText
    prompt: Literal["judge-1"] = "judge-1"
    structured: StrictBool = True
    reference: TemplateText | None = None

    @model_validator(mode="after")
    def _can_judge(self) -> "EvaluatorSpec":
        if self.provider == "recorded" or self.output is not None:
            raise fail("a judge is a model that is called: it has no recorded output")
        return self
