"""Runs against a baseline."""

from typing import Final, TypedDict

from ui.queries.comparison import RESULT, Interval, Labelled
from ui.queries.fragments import SHELL
from ui.queries.runs import Named


class ArmProgress(TypedDict):
    scored: int
    passed: int
    passRate: float | None
    passRateInterval: Interval | None
    meanLatencyMs: float | None
    costUsd: str | None


class Arm(TypedDict):
    id: str
    label: str
    progress: ArmProgress


class ComparedArm(TypedDict):
    arm: Arm
    comparison: Labelled | None
    unpaired: str | None


class Version(TypedDict):
    number: int


class Run(TypedDict):
    id: str
    status: str
    createdAt: str
    createdBy: str
    definition: Named | None
    definitionVersion: Version | None


class ComparedRun(TypedDict):
    run: Run
    isBaseline: bool
    arms: list[ComparedArm]


class FoundRuns(TypedDict):
    edges: list[dict[str, Run]]


_RUN: Final = """
fragment RunName on Run {
  id status createdAt createdBy definition { id name } definitionVersion { number }
}
"""

CHOOSE_RUNS: Final = f"""
query ChooseRuns($filter: RunFilter) {{
  {SHELL}
  runs(first: 10, filter: $filter) {{ edges {{ node {{ ...RunName }} }} }}
}}
{_RUN}
"""
RUN_COMPARISON: Final = f"""
query RunComparison($runs: [ID!]!, $baseline: ID) {{
  runComparison(runIds: $runs, baselineRunId: $baseline) {{
    isBaseline
    run {{ ...RunName }}
    arms {{
      unpaired
      arm {{ id label progress {{
        scored passed passRate passRateInterval {{ low high }} meanLatencyMs costUsd
      }} }}
      comparison {{ armA {{ id label }} armB {{ id label }} result {{ ...ResultParts }} }}
    }}
  }}
}}
{_RUN}{RESULT}
"""
