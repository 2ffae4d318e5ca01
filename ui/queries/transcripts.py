"""Transcripts: the list in a run, and one of them."""

from typing import Any, Final, TypedDict

from ui.queries.fragments import PAGE, SHELL, Message, PageInfo
from ui.queries.run import Dimension
from ui.queries.runs import Named


class AttemptError(TypedDict):
    code: str
    message: str


class ArmName(TypedDict):
    id: str
    label: str
    provider: str
    model: str | None


class ScenarioKey(TypedDict):
    position: int
    key: str


class TranscriptRow(TypedDict):
    id: str
    arm: ArmName
    scenarioPosition: int
    scenario: ScenarioKey | None
    repeat: int
    status: str
    error: AttemptError | None
    latencyMs: float | None
    outputTokens: int | None
    costUsd: str | None
    passed: bool | None
    score: float | None
    unscored: bool
    output: str | None


class TranscriptEdge(TypedDict):
    node: TranscriptRow


class TranscriptList(TypedDict):
    edges: list[TranscriptEdge]
    pageInfo: PageInfo
    totalCount: int | None


class FilteredVersion(TypedDict):
    dimensions: list[Dimension]


class FilteredRun(TypedDict):
    id: str
    scorers: list[str]
    definitionVersion: FilteredVersion | None


class TranscriptListPage(TypedDict):
    run: FilteredRun | None
    transcripts: TranscriptList


class Score(TypedDict):
    scorer: str
    kind: str
    status: str
    passed: bool | None
    value: float | None
    expected: str | None
    actual: str | None
    reason: str | None


class CriterionScore(TypedDict):
    category: str
    criterion: str
    score: float


class EvaluationError(TypedDict):
    stage: str
    code: str
    message: str


class EvaluatorName(TypedDict):
    id: str
    name: str
    number: int
    grid: str


class Evaluation(TypedDict):
    status: str
    quality: float | None
    risk: float | None
    confidence: float | None
    criteria: list[CriterionScore]
    error: EvaluationError | None
    evaluator: EvaluatorName


class Scenario(TypedDict):
    id: str
    position: int
    key: str
    dimensions: dict[str, Any]


class RunName(TypedDict):
    id: str
    status: str
    definition: Named | None


class ArmDetails(TypedDict):
    id: str
    label: str
    provider: str
    model: str | None
    params: dict[str, Any]


class Transcript(TypedDict):
    id: str
    run: RunName
    arm: ArmDetails
    scenarioPosition: int
    scenario: Scenario | None
    repeat: int
    status: str
    error: AttemptError | None
    startedAt: str | None
    endedAt: str | None
    lastAccessedAt: str | None
    queuedMs: float | None
    latencyMs: float | None
    tries: int
    finishReason: str | None
    inputTokens: int | None
    outputTokens: int | None
    cachedTokens: int | None
    reasoningTokens: int | None
    costUsd: str | None
    scores: list[Score]
    evaluations: list[Evaluation]
    passed: bool | None
    score: float | None
    unscored: bool
    messages: list[Message]
    output: str | None
    artifactKind: str | None
    raw: Any
    previousId: str | None
    nextId: str | None


_ROW: Final = """
fragment TranscriptRowParts on Transcript {
  id scenarioPosition repeat status latencyMs outputTokens costUsd passed score unscored output
  arm { id label provider model }
  scenario { position key }
  error { code message }
}
"""

TRANSCRIPT_LIST: Final = f"""
query TranscriptList(
  $run: ID!, $first: Int, $after: String, $last: Int, $before: String,
  $filter: TranscriptFilter, $order: TranscriptOrder
) {{
  run(id: $run) {{ id scorers definitionVersion {{ dimensions {{ name levels {{ label }} }} }} }}
  transcripts(
    runId: $run, first: $first, after: $after, last: $last, before: $before,
    filter: $filter, order: $order
  ) {{
    totalCount
    {PAGE}
    edges {{ node {{ ...TranscriptRowParts }} }}
  }}
}}
{_ROW}
"""

FIRST_TRANSCRIPTS: Final = f"""
query FirstTranscripts($run: ID!, $first: Int!, $filter: TranscriptFilter) {{
  transcripts(runId: $run, first: $first, filter: $filter) {{
    edges {{ node {{ ...TranscriptRowParts }} }}
  }}
}}
{_ROW}
"""

TRANSCRIPT_PAGE: Final = f"""
query TranscriptPage($id: ID!, $filter: TranscriptFilter, $order: TranscriptOrder) {{
  {SHELL}
  transcript(id: $id) {{
    id scenarioPosition repeat status startedAt endedAt lastAccessedAt
    queuedMs latencyMs tries finishReason
    inputTokens outputTokens cachedTokens reasoningTokens costUsd
    passed score unscored output artifactKind raw
    previousId(filter: $filter, order: $order) nextId(filter: $filter, order: $order)
    run {{ id status definition {{ id name }} }}
    arm {{ id label provider model params }}
    scenario {{ id position key dimensions }}
    error {{ code message }}
    scores {{ scorer kind status passed value expected actual reason }}
    evaluations {{
      status quality risk confidence
      criteria {{ category criterion score }}
      error {{ stage code message }}
      evaluator {{ id name number grid }}
    }}
    messages {{ role content }}
  }}
}}
"""
