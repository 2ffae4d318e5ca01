"""The list of runs."""

from typing import Final, TypedDict

from ui.queries.fragments import PAGE, PROGRESS, SHELL, PageInfo, Progress, Shell


class Named(TypedDict):
    id: str
    name: str


class VersionNumber(TypedDict):
    number: int


class ArmModel(TypedDict):
    provider: str
    model: str | None


class RowBudget(TypedDict):
    limitUsd: str
    spentUsd: str


class RunRow(TypedDict):
    id: str
    status: str
    statusReason: str | None
    trigger: str
    createdBy: str
    createdAt: str
    startedAt: str | None
    durationMs: float | None
    lastAccessedAt: str | None
    definition: Named | None
    definitionVersion: VersionNumber | None
    arms: list[ArmModel]
    progress: Progress
    budget: RowBudget | None


class RunEdge(TypedDict):
    node: RunRow


class RunList(TypedDict):
    edges: list[RunEdge]
    pageInfo: PageInfo
    totalCount: int


class RunChoices(TypedDict):
    models: list[str]
    createdBy: list[str]


class NamedEdge(TypedDict):
    node: Named


class NamedList(TypedDict):
    edges: list[NamedEdge]


class RunsPage(Shell):
    runs: RunList
    choices: RunChoices
    definitions: NamedList


_LIST: Final = f"""
  runs(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, order: $order
  ) {{
    totalCount
    {PAGE}
    edges {{ node {{
      id status statusReason trigger createdBy createdAt startedAt durationMs lastAccessedAt
      definition {{ id name }}
      definitionVersion {{ number }}
      arms {{ provider model }}
      progress {{ ...ProgressParts }}
      budget {{ limitUsd spentUsd }}
    }} }}
  }}
"""
_VARIABLES: Final = (
    "$first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter, $order: RunOrder"
)
_CHOICES: Final = """
  choices: runChoices { models createdBy }
  definitions(first: 100) { edges { node { id name } } }
"""

RUNS_PAGE: Final = f"query RunsPage({_VARIABLES}) {{ {SHELL} {_LIST} {_CHOICES} }} {PROGRESS}"
RUNS: Final = f"query Runs({_VARIABLES}) {{ {_LIST} }} {PROGRESS}"
