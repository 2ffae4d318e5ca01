"""Two arms on the scenarios that both were put to."""

from typing import Any, Final, TypedDict

from ui.queries.fragments import PAGE, SHELL, Message, PageInfo
from ui.queries.runs import Named


class Interval(TypedDict):
    low: float
    high: float


class Result(TypedDict):
    scenarios: int
    aRate: float
    bRate: float
    difference: float
    interval: Interval
    decisive: bool
    pValue: float | None
    moreScenarios: int | None
    aBetter: int
    bBetter: int
    same: int


class ArmName(TypedDict):
    id: str
    label: str


class Labelled(TypedDict):
    """A comparison as far as its sentence needs it."""

    armA: ArmName
    armB: ArmName
    result: Result | None


class ComparableRun(TypedDict):
    """A run with the arms that can be chosen from it."""

    id: str
    definition: Named | None
    arms: list[ArmName]


class ComparedAttempt(TypedDict):
    id: str
    repeat: int
    status: str
    passed: bool | None
    unscored: bool
    latencyMs: float | None
    costUsd: str | None
    output: str | None
    error: dict[str, str] | None


class ComparedScenarioKey(TypedDict):
    key: str
    dimensions: dict[str, Any]
    messages: list[Message]


class ComparedScenario(TypedDict):
    aPosition: int
    outcome: str
    scenario: ComparedScenarioKey | None
    a: list[ComparedAttempt]
    b: list[ComparedAttempt]


class ComparedEdge(TypedDict):
    node: ComparedScenario


class ComparedList(TypedDict):
    edges: list[ComparedEdge]
    pageInfo: PageInfo


class Comparison(Labelled):
    sharedCount: int
    scenarios: ComparedList


RESULT: Final = """
fragment ResultParts on PairedResult {
  scenarios aRate bRate difference interval { low high } decisive pValue moreScenarios
  aBetter bBetter same
}
"""
_ATTEMPT: Final = """
fragment AttemptParts on Transcript {
  id repeat status passed unscored latencyMs costUsd output error { code message }
}
"""

COMPARE_PAGE: Final = f"""
query ComparePage($id: ID!, $other: ID!) {{
  {SHELL}
  run(id: $id) {{ id definition {{ id name }} arms {{ id label }} }}
  other: run(id: $other) {{ id definition {{ id name }} arms {{ id label }} }}
}}
"""
COMPARISON: Final = f"""
query Comparison(
  $a: ID!, $b: ID!, $first: Int, $after: String, $last: Int, $before: String,
  $show: ComparedScenarios!, $from: Int
) {{
  comparison(armA: $a, armB: $b) {{
    armA {{ id label }} armB {{ id label }} sharedCount
    result {{ ...ResultParts }}
    scenarios(
      first: $first, after: $after, last: $last, before: $before, show: $show, fromPosition: $from
    ) {{
      {PAGE}
      edges {{ node {{
        aPosition outcome
        scenario {{ key dimensions messages {{ role content }} }}
        a {{ ...AttemptParts }}
        b {{ ...AttemptParts }}
      }} }}
    }}
  }}
}}
{RESULT}{_ATTEMPT}
"""
RUN_VERDICT: Final = f"""
query RunVerdict($id: ID!) {{
  runVerdict(runId: $id) {{
    armA {{ id label }} armB {{ id label }} result {{ ...ResultParts }}
  }}
}}
{RESULT}
"""
