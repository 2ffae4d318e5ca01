"""Definitions: the list, one of them, its scenarios, and what a start needs to know."""

from typing import Any, Final, TypedDict

from ui.queries.fragments import PAGE, SHELL, Message, PageInfo


class VersionSummary(TypedDict):
    scenarioCount: int
    repeats: int
    arms: list[dict[str, Any]]


class DefinitionRow(TypedDict):
    id: str
    name: str
    description: str
    currentVersion: int
    updatedAt: str
    version: VersionSummary


class DefinitionEdge(TypedDict):
    node: DefinitionRow


class DefinitionList(TypedDict):
    edges: list[DefinitionEdge]
    pageInfo: PageInfo


class ArmSpec(TypedDict):
    label: str
    provider: str
    model: str | None
    params: dict[str, Any]


class Dataset(TypedDict):
    name: str
    format: str
    rowCount: int
    columns: list[str]


class Level(TypedDict):
    label: str
    value: Any


class Dimension(TypedDict):
    name: str
    levels: list[Level]


class Version(TypedDict):
    id: str
    number: int
    source: str
    scenarioCount: int
    createdAt: str
    createdBy: str
    spec: dict[str, Any]
    dimensions: list[Dimension]
    dataset: Dataset | None
    arms: list[ArmSpec]
    scorers: list[dict[str, Any]]
    repeats: int


class Definition(TypedDict):
    id: str
    name: str
    description: str
    currentVersion: int
    createdAt: str
    updatedAt: str
    version: Version


class Scenario(TypedDict):
    id: str
    position: int
    key: str
    dimensions: dict[str, Any]
    messages: list[Message]


class ScenarioEdge(TypedDict):
    node: Scenario


class ScenarioList(TypedDict):
    edges: list[ScenarioEdge]
    pageInfo: PageInfo


class KnownModel(TypedDict):
    id: str


class ProviderModels(TypedDict):
    name: str
    title: str
    available: bool
    unavailableReason: str | None
    models: list[KnownModel]


DEFINITIONS_PAGE: Final = f"""
query DefinitionsPage(
  $first: Int, $after: String, $last: Int, $before: String, $search: String
) {{
  {SHELL}
  definitions(first: $first, after: $after, last: $last, before: $before, search: $search) {{
    {PAGE}
    edges {{ node {{
      id name description currentVersion updatedAt
      version {{ scenarioCount repeats arms {{ label }} }}
    }} }}
  }}
}}
"""

DEFINITION_PAGE: Final = f"""
query DefinitionPage($id: ID!, $version: Int) {{
  {SHELL}
  definition(id: $id) {{
    id name description currentVersion createdAt updatedAt
    version(number: $version) {{
      id number source scenarioCount createdAt createdBy spec repeats
      dimensions {{ name levels {{ label value }} }}
      dataset {{ name format rowCount columns }}
      arms {{ label provider model params }}
      scorers
    }}
  }}
}}
"""

SCENARIOS: Final = f"""
query Scenarios(
  $definition: ID!, $version: Int, $first: Int, $after: String, $last: Int, $before: String
) {{
  scenarios(
    definitionId: $definition, version: $version
    first: $first, after: $after, last: $last, before: $before
  ) {{
    {PAGE}
    edges {{ node {{ id position key dimensions messages {{ role content }} }} }}
  }}
}}
"""

# what can be started: asked when the dialog opens
STARTABLE: Final = """
query Startable($search: String) {
  definitions(first: 100, search: $search) {
    edges { node { id name currentVersion } }
  }
}
"""
START_CHOICES: Final = """
query StartChoices($id: ID!, $version: Int) {
  models { name title available unavailableReason models { id } }
  evaluatorProfiles(first: 100) { edges { node { id name version { number model grid } } } }
  definition(id: $id) {
    id name currentVersion
    version(number: $version) {
      number scenarioCount repeats
      arms { label provider model params unavailableReason }
    }
  }
}
"""
