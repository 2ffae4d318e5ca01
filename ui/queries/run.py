"""One run: its page, and the part of it that moves while it is active."""

from typing import Any, Final, Literal, TypedDict

from ui.queries.fragments import PROGRESS, SHELL, Progress
from ui.queries.runs import Named


class Interval(TypedDict):
    low: float
    high: float


class Intervals(TypedDict):
    passRateInterval: Interval | None
    meanScoreInterval: Interval | None


class ArmEvaluations(TypedDict):
    scored: int
    unscored: int
    meanQuality: float | None


class EvaluatorName(TypedDict):
    name: str
    number: int
    grid: str


class Arm(TypedDict):
    id: str
    label: str
    provider: str
    model: str | None
    progress: Progress
    intervals: Intervals
    latencyP50Ms: float | None
    latencyP95Ms: float | None
    evaluations: ArmEvaluations | None


class DimensionName(TypedDict):
    name: str


class Version(TypedDict):
    id: str
    number: int
    dimensions: list[DimensionName]


class Difference(TypedDict):
    kind: Literal["ADDED", "CHANGED", "LEFT_OUT"]
    label: str
    name: str | None
    before: Any
    after: Any


class DimensionLevel(TypedDict):
    label: str


class Dimension(TypedDict):
    name: str
    levels: list[DimensionLevel]


class Relative(TypedDict):
    id: str
    status: str
    createdAt: str


class Child(Relative):
    rerunScope: str | None
    differences: list[Difference]


class Budget(TypedDict):
    """US dollars. ``enoughUsd``: with which a run that has paused at its budget can go on."""

    limitUsd: str
    spentUsd: str
    uncertainUsd: str
    leftUsd: str
    enoughUsd: str | None


class Run(TypedDict):
    id: str
    status: str
    statusReason: str | None
    trigger: str
    createdBy: str
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    durationMs: float | None
    lastAccessedAt: str | None
    repeats: int
    subjectCount: int
    sample: dict[str, Any] | None
    definition: Named | None
    definitionVersion: Version | None
    parent: Relative | None
    children: list[Child]
    rerunScope: str | None
    differences: list[Difference]
    progress: Progress
    budget: Budget | None
    evaluator: EvaluatorName | None
    arms: list[Arm]
    allowedActions: list[str]
    csvParts: int


class Event(TypedDict):
    id: str
    at: str
    kind: str
    actor: str | None
    message: str | None


_RUN: Final = """
fragment RunParts on Run {
  id status statusReason trigger createdBy createdAt startedAt finishedAt durationMs
  lastAccessedAt
  repeats subjectCount sample allowedActions csvParts
  definition { id name }
  definitionVersion { id number dimensions { name } }
  parent { id status createdAt }
  rerunScope
  differences { kind label name before after }
  children { id status createdAt rerunScope differences { kind label name before after } }
  progress { ...ProgressParts }
  budget { limitUsd spentUsd uncertainUsd leftUsd enoughUsd }
  evaluator { name number grid }
  arms {
    id label provider model latencyP50Ms latencyP95Ms
    evaluations { scored unscored meanQuality }
    progress { ...ProgressParts }
    intervals: progress { passRateInterval { low high } meanScoreInterval { low high } }
  }
}
"""

RUN_PAGE: Final = (
    f"query RunPage($id: ID!) {{ {SHELL} run(id: $id) {{ ...RunParts }} }} {_RUN} {PROGRESS}"
)
RUN: Final = f"query Run($id: ID!) {{ run(id: $id) {{ ...RunParts }} }} {_RUN} {PROGRESS}"
EVENTS: Final = """
query RunEvents($id: ID!) {
  run(id: $id) {
    id
    events(first: 100) { edges { node { id at kind actor message } } }
  }
}
"""

# what can be run again: asked when the dialog opens
RERUN_CHOICES: Final = """
query RerunChoices($id: ID!) {
  models { name title available unavailableReason models { id } }
  run(id: $id) {
    id allowedActions repeats subjectCount
    budget { limitUsd }
    arms { label provider model params unavailableReason }
  }
}
"""

# says when to look, and nothing more: what is shown is asked for by the query
RUN_CHANGED: Final = "subscription RunChanged($id: ID!) { runProgress(runId: $id) { id } }"
