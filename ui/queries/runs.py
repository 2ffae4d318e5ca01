"""The list of runs."""

from typing import Final, TypedDict

from ui.queries.fragments import PAGE, PROGRESS, SHELL, PageInfo, Progress


class Named(TypedDict):
    id: str
    name: str


class VersionNumber(TypedDict):
    number: int


class ArmLabel(TypedDict):
    label: str


class RunRow(TypedDict):
    id: str
    status: str
    trigger: str
    createdBy: str
    createdAt: str
    startedAt: str | None
    durationMs: float | None
    definition: Named | None
    definitionVersion: VersionNumber | None
    arms: list[ArmLabel]
    progress: Progress


class RunEdge(TypedDict):
    node: RunRow


class RunList(TypedDict):
    edges: list[RunEdge]
    pageInfo: PageInfo
    totalCount: int


_LIST: Final = f"""
  runs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{
    totalCount
    {PAGE}
    edges {{ node {{
      id status trigger createdBy createdAt startedAt durationMs
      definition {{ id name }}
      definitionVersion {{ number }}
      arms {{ label }}
      progress {{ ...ProgressParts }}
    }} }}
  }}
"""
_VARIABLES: Final = "$first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter"

RUNS_PAGE: Final = f"query RunsPage({_VARIABLES}) {{ {SHELL} {_LIST} }} {PROGRESS}"
RUNS: Final = f"query Runs({_VARIABLES}) {{ {_LIST} }} {PROGRESS}"
