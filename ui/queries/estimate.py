"""What a run will take, before it is started."""

from typing import Final, Literal, TypedDict

from ui.queries.actions import ERRORS


class ArmEstimate(TypedDict):
    label: str
    attempts: int
    durationSeconds: float
    costUsd: str | None
    latencyMs: float | None
    basis: Literal["DEFINITION_HISTORY", "MODEL_HISTORY", "GUESS"]
    basisAttempts: int


class Power(TypedDict):
    smallestDifference: float | None
    differingShare: float
    guessed: bool


class RunEstimate(TypedDict):
    attemptCount: int
    durationSeconds: float
    costUsd: str | None
    unpricedArms: list[str]
    uncountedArms: list[str]
    arms: list[ArmEstimate]
    power: Power | None


_PAYLOAD: Final = f"""{{
    estimate {{
      attemptCount durationSeconds costUsd unpricedArms uncountedArms
      arms {{ label attempts durationSeconds costUsd latencyMs basis basisAttempts }}
      power {{ smallestDifference differingShare guessed }}
    }}
    {ERRORS}
  }}"""

# both are answered alike, in their only field
RUN_ESTIMATE: Final = f"""
query RunEstimate($input: RunEstimateInput!) {{
  runEstimate(input: $input) {_PAYLOAD}
}}
"""
RERUN_ESTIMATE: Final = f"""
query RerunEstimate($input: RerunEstimateInput!) {{
  rerunEstimate(input: $input) {_PAYLOAD}
}}
"""
