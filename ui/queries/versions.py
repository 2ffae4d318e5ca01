"""A definition's versions, two of them, and the rows of a version's dataset."""

from typing import Any, Final, TypedDict

from ui.queries.fragments import PAGE, PageInfo


class DatasetState(TypedDict):
    name: str
    rowCount: int
    digest: str


class VersionRow(TypedDict):
    id: str
    number: int
    scenarioCount: int
    createdAt: str
    createdBy: str


class VersionEdge(TypedDict):
    node: VersionRow


class VersionList(TypedDict):
    edges: list[VersionEdge]
    pageInfo: PageInfo


class VersionText(TypedDict):
    number: int
    source: str
    scenarioCount: int
    dataset: DatasetState | None


class VersionPair(TypedDict):
    old: VersionText
    new: VersionText


class DatasetRow(TypedDict):
    position: int
    values: dict[str, Any]


class DatasetRowEdge(TypedDict):
    node: DatasetRow


class DatasetRowList(TypedDict):
    edges: list[DatasetRowEdge]
    pageInfo: PageInfo


VERSIONS: Final = f"""
query Versions($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{
  definition(id: $id) {{
    versions(first: $first, after: $after, last: $last, before: $before) {{
      {PAGE}
      edges {{ node {{ id number scenarioCount createdAt createdBy }} }}
    }}
  }}
}}
"""
_TEXT: Final = "{ number source scenarioCount dataset { name rowCount digest } }"
VERSION_PAIR: Final = f"""
query VersionPair($id: ID!, $old: Int!, $new: Int!) {{
  definition(id: $id) {{ old: version(number: $old) {_TEXT} new: version(number: $new) {_TEXT} }}
}}
"""
DATASET_ROWS: Final = f"""
query DatasetRows(
  $definition: ID!, $version: Int, $first: Int, $after: String, $last: Int, $before: String
) {{
  datasetRows(
    definitionId: $definition, version: $version
    first: $first, after: $after, last: $last, before: $before
  ) {{
    {PAGE}
    edges {{ node {{ position values }} }}
  }}
}}
"""
