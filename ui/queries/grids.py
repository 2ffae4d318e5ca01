"""Grids: the list, one of them, its versions, and what can be done to them."""

from typing import Any, Final, TypedDict

from ui.queries.actions import ERRORS
from ui.queries.fragments import PAGE, SHELL, PageInfo


class Anchors(TypedDict):
    excellent: str
    good: str
    average: str
    poor: str


class Subcriterion(TypedDict):
    criterion: str
    description: str
    weight: float
    metrics: list[str]
    indicators: list[str]
    anchors: Anchors


class Category(TypedDict):
    name: str
    weight: float
    type: str
    subcriteria: list[Subcriterion]


class Content(TypedDict):
    description: str
    instructions: str
    categories: list[Category]
    source: str


class GridProblem(TypedDict):
    field: str
    message: str


class VersionRow(TypedDict):
    id: str
    number: int
    status: str
    revision: int
    createdAt: str
    createdBy: str
    publishedAt: str | None
    publishedBy: str | None


class Version(VersionRow):
    problems: list[GridProblem]
    content: Content


class GridRow(TypedDict):
    id: str
    name: str
    updatedAt: str
    published: dict[str, Any] | None
    draft: dict[str, Any] | None
    version: dict[str, Any]


class Grid(TypedDict):
    id: str
    name: str
    newestVersion: int
    updatedAt: str
    published: VersionRow | None
    draft: VersionRow | None
    version: Version


class GridEdge(TypedDict):
    node: GridRow


class GridList(TypedDict):
    edges: list[GridEdge]
    pageInfo: PageInfo


class BuiltIn(TypedDict):
    name: str
    content: Content


class VersionEdge(TypedDict):
    node: VersionRow


class VersionList(TypedDict):
    edges: list[VersionEdge]
    pageInfo: PageInfo


class Change(TypedDict):
    kind: str
    category: str | None
    criterion: str | None
    field: str | None
    before: Any
    after: Any


_ROW: Final = """
  id number status revision createdAt createdBy publishedAt publishedBy
"""
_CONTENT: Final = """
  description instructions source
  categories {
    name weight type
    subcriteria {
      criterion description weight metrics indicators
      anchors { excellent good average poor }
    }
  }
"""

GRIDS_PAGE: Final = f"""
query GridsPage(
  $first: Int, $after: String, $last: Int, $before: String, $search: String, $archived: Boolean!
) {{
  {SHELL}
  grids(
    first: $first, after: $after, last: $last, before: $before
    search: $search, archived: $archived
  ) {{
    {PAGE}
    edges {{ node {{
      id name updatedAt published {{ number }} draft {{ number }}
      version {{ content {{ description categories {{ name }} }} }}
    }} }}
  }}
  builtInGrids {{ name content {{ description categories {{ name }} }} }}
}}
"""
GRID_PAGE: Final = f"""
query GridPage($id: ID!, $version: Int) {{
  {SHELL}
  grid(id: $id) {{
    id name newestVersion updatedAt
    published {{ {_ROW} }}
    draft {{ {_ROW} }}
    version(number: $version) {{ {_ROW} problems {{ field message }} content {{ {_CONTENT} }} }}
  }}
}}
"""
BUILT_IN_GRIDS: Final = f"""
query BuiltInGrids {{
  {SHELL}
  builtInGrids {{ name content {{ {_CONTENT} }} }}
}}
"""
GRID_VERSIONS: Final = f"""
query GridVersions($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{
  grid(id: $id) {{
    versions(first: $first, after: $after, last: $last, before: $before) {{
      {PAGE}
      edges {{ node {{ {_ROW} }} }}
    }}
  }}
}}
"""
GRID_DIFF: Final = """
query GridDiff($id: ID!, $old: Int!, $new: Int!) {
  gridDiff(gridId: $id, old: $old, new: $new) { kind category criterion field before after }
}
"""


def _changing(name: str) -> str:
    title = name[0].upper() + name[1:]
    return (
        f"mutation {title}($input: {title}Input!) {{ {name}(input: $input) {{"
        f" grid {{ id name }} version {{ number revision problems {{ field message }} }}"
        f" {ERRORS} }} }}"
    )


CREATE_GRID: Final = _changing("createGrid")
SAVE_GRID_DRAFT: Final = _changing("saveGridDraft")
DUPLICATE_GRID: Final = _changing("duplicateGrid")
PUBLISH_GRID: Final = _changing("publishGrid")
ARCHIVE_GRID: Final = _changing("archiveGrid")
IMPORT_GRID: Final = _changing("importGrid")
DISCARD_GRID_DRAFT: Final = f"""
mutation DiscardGridDraft($input: DiscardGridDraftInput!) {{
  discardGridDraft(input: $input) {{ grid {{ id }} {ERRORS} }}
}}
"""
