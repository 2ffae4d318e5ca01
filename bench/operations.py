"""How long each GraphQL operation of the pages takes at the server, over HTTP."""

import math
import pkgutil
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import aiohttp
import orjson

import ui.queries
from bench.figures import Figure
from bench.stage import Stage
from db.session import Database
from ui import ids

GOAL_MS: Final = 50
_REQUESTS: Final = 100
_WARMING: Final = 5
_REQUIRED: Final = 0.95

_ONES: Final = """
SELECT a.id AS attempt, v.definition_id AS definition,
    ARRAY(SELECT id FROM arms WHERE run_id = r.id ORDER BY position) AS arms,
    (SELECT id FROM runs ORDER BY created_at DESC LIMIT 1) AS other,
    (SELECT id FROM grids LIMIT 1) AS grid
FROM runs r JOIN definition_versions v ON v.id = r.definition_version_id
JOIN attempts a ON a.run_id = r.id
WHERE r.id = $1 ORDER BY a.subject_position LIMIT 1
"""


def documents() -> dict[str, str]:
    """Every query of the pages by the name of its operation."""
    found = {}
    for module in pkgutil.iter_modules(ui.queries.__path__):
        for text in vars(import_module(f"ui.queries.{module.name}")).values():
            if isinstance(text, str) and text.strip().startswith("query"):
                found[text.split()[1].partition("(")[0]] = text
    return found


def variables(
    run: str, other: str, arms: Sequence[str], attempt: str, definition: str, grid: str
) -> dict[str, Mapping[str, Any]]:
    """What each operation is asked with: node ids of the largest run and of what is in it."""
    page = {"first": 50}
    return {
        "RunsPage": {"first": 25},
        "Runs": {"first": 25, "filter": {"statuses": ["FAILED"]}},
        "RunPage": {"id": run},
        "Run": {"id": run},
        "RunBoards": {"id": run},
        "RunEvents": {"id": run},
        "RunPairwise": {"id": run},
        "PassRates": {"id": run, "dimension": "way"},
        "TranscriptList": {
            "run": run,
            "filter": {"statuses": ["FAILED"]},
            "order": {"by": "LATENCY", "descending": True},
            **page,
        },
        "FirstTranscripts": {"run": run, "first": 5, "filter": {"armIds": [arms[0]]}},
        "TranscriptPage": {"id": attempt},
        "DefinitionsPage": page,
        "DefinitionPage": {"id": definition},
        "Scenarios": {"definition": definition, **page},
        "Startable": {},
        "StartChoices": {"id": definition},
        "Versions": {"id": definition, **page},
        "VersionPair": {"id": definition, "old": 1, "new": 1},
        "DatasetRows": {"definition": definition, **page},
        "RunEstimate": {"input": {"definitionId": definition}},
        "Find": {"search": "sums"},
        "ComparePage": {"id": run, "other": other},
        "Comparison": {"a": arms[0], "b": arms[1], "show": "ALL", **page},
        "RunVerdict": {"id": run},
        "ChooseRuns": {},
        "RunComparison": {"runs": [run, other]},
        "RerunChoices": {"id": run},
        "RerunEstimate": {"input": {"runId": run}},
        "Watch": {"id": run, "active": True},
        "GridsPage": {"archived": False, **page},
        "GridPage": {"id": grid},
        "GridVersions": {"id": grid, **page},
        "GridDiff": {"id": grid, "old": 1, "new": 2},
        "BuiltInGrids": {},
        "HealthStatus": {},
        "HealthPage": {},
        "Health": {},
    }


async def measure(stage: Stage) -> list[Figure]:
    """Each operation some hundred times, one after the other: p95 beside the goal."""
    asked = await variables_for(stage.database, stage.largest_run)
    figures = []
    async with aiohttp.ClientSession(stage.address, cookies=stage.cookie()) as session:
        for name, document in sorted(documents().items()):
            if name not in asked:
                raise LookupError(f"bench.operations.variables does not know {name}")
            body = {"query": document, "variables": asked[name]}
            for _ in range(_WARMING):
                await _ask(session, stage.address, body)
            took = [await _ask(session, stage.address, body) for _ in range(_REQUESTS)]
            figures.append(Figure(f"{name}, p95", "ms", [_quantile(took, _REQUIRED)], GOAL_MS))
            figures.append(Figure(f"{name}, p50", "ms", [_quantile(took, 0.5)]))
    return figures


async def variables_for(database: Database, run_id: UUID) -> dict[str, Mapping[str, Any]]:
    """What each operation is asked with, for a run that has attempts and two arms."""
    connection = await database.connect()
    try:
        row = await connection.fetchrow(_ONES, run_id)
    finally:
        await connection.close()
    return variables(
        ids.node_id("Run", str(run_id)),
        ids.node_id("Run", str(row["other"])),
        [ids.node_id("Arm", str(arm)) for arm in row["arms"]],
        ids.node_id("Transcript", str(row["attempt"])),
        ids.node_id("Definition", str(row["definition"])),
        ids.node_id("Grid", str(row["grid"])),
    )


async def _ask(session: aiohttp.ClientSession, origin: str, body: Mapping[str, Any]) -> float:
    """Milliseconds until the answer was read. Raises RuntimeError when it holds errors."""
    began = time.perf_counter()
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    async with session.post("/graphql", json=body, headers=headers) as response:
        answer = await response.read()
    took = (time.perf_counter() - began) * 1000
    if response.status != HTTPStatus.OK or "errors" in orjson.loads(answer):
        raise RuntimeError(f"status {response.status}: {answer[:1000]!r}")
    return took


def _quantile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values don't exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
