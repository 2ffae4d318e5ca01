"""Reading over GraphQL: the data, the pages, and what a stranger sees."""

from typing import Any

import pytest
from sqlalchemy import event

from api.relay import global_id
from db.session import Database
from tests.integration.api.conftest import Caller
from tests.support.factories import Definitions, Runs
from tests.support.working import Work

RUN = """
query Run($id: ID!) { run(id: $id) {
  id kind status statusReason trigger createdBy createdAt startedAt finishedAt durationMs
  parentRunId parent { id } children { id } repeats subjectCount sample allowedActions
  definition { id name } definitionVersion { number scenarioCount }
  progress { total succeeded failed cancelled skipped unscored inFlight pending done percent scored
    passed passRate meanScore meanLatencyMs inputTokens outputTokens costUsd priced
    attemptsPerSecond etaSeconds }
  arms { id label provider model params position progress { total passed passRate } }
  events(first: 10) { edges { node { id at kind actor message } } pageInfo { hasNextPage } }
} }
"""


async def test_viewer(viewer: Caller) -> None:
    assert await viewer.data("{ viewer { actor role organization } }") == {
        "viewer": {"actor": "default viewer", "role": "VIEWER", "organization": "Default"}
    }


async def test_a_finished_run(viewer: Caller, editor: Caller, start: Runs, work: Work) -> None:
    started = await start(10)
    [_] = await work(started)
    run = (await viewer.data(RUN, id=global_id("Run", started.id)))["run"]
    assert run["status"] == "COMPLETED"
    assert run["kind"] == "EVALUATION"
    progress = run["progress"]
    assert (progress["total"], progress["done"], progress["pending"]) == (20, 20, 0)
    assert (progress["succeeded"], progress["passed"], progress["percent"]) == (20, 10, 100)
    assert progress["passRate"] == 0.5
    assert progress["costUsd"] is None
    assert progress["attemptsPerSecond"] is None
    assert [(arm["label"], arm["progress"]["passed"]) for arm in run["arms"]] == [
        ("right", 10),
        ("wrong", 0),
    ]
    assert [edge["node"]["kind"] for edge in run["events"]["edges"]] == [
        "completed",
        "started",
        "created",
    ]
    assert run["allowedActions"] == []
    allowed = await editor.data(RUN, id=global_id("Run", started.id))
    assert allowed["run"]["allowedActions"] == ["RERUN"]
    assert run["durationMs"] > 0


async def test_a_running_run_says_how_fast_it_is(
    viewer: Caller, database: Database, start: Runs
) -> None:
    run = await start(10)
    async with database.unit_of_work() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE runs SET status = 'RUNNING', started_at = now() - interval '100 s'"
        )
        await connection.exec_driver_sql("UPDATE arm_progress SET succeeded = 4")
        await connection.exec_driver_sql(
            "INSERT INTO run_events (run_id, at, kind, actor, message) SELECT id, "
            "now() - interval '60 s', 'paused', '', '' FROM runs"
        )
        await connection.exec_driver_sql(
            "INSERT INTO run_events (run_id, at, kind, actor, message) SELECT id, "
            "now() - interval '20 s', 'resumed', '', '' FROM runs"
        )
    found = (await viewer.data(RUN, id=global_id("Run", run.id)))["run"]["progress"]
    # 8 attempts in 100 - 40 seconds; each arm has 6 to go at 4 in those 60 s.
    assert found["attemptsPerSecond"] == pytest.approx(8 / 60, rel=0.2)
    assert found["etaSeconds"] == pytest.approx(90, rel=0.2)


RUNS = """
query Runs($first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter) {
  runs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""
TRANSCRIPTS = """
query T($runId: ID!, $first: Int, $after: String, $last: Int, $before: String,
        $filter: TranscriptFilter) {
  transcripts(runId: $runId, first: $first, after: $after, last: $last, before: $before,
              filter: $filter) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""
DEFINITIONS = RUNS.replace("runs(", "definitions(").replace(", $filter: RunFilter", "")
DEFINITIONS = DEFINITIONS.replace(", filter: $filter", "")
SCENARIOS = """
query S($definitionId: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  scenarios(definitionId: $definitionId, first: $first, after: $after, last: $last,
            before: $before) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""


async def _forward(caller: Caller, query: str, name: str, size: int, **given: Any) -> list[str]:
    ids: list[str] = []
    after = None
    while True:
        page = (await caller.data(query, first=size, after=after, **given))[name]
        assert len(page["edges"]) <= size
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        ids += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]
        assert after == page["edges"][-1]["cursor"]


async def _backward(caller: Caller, query: str, name: str, size: int, **given: Any) -> list[str]:
    ids: list[str] = []
    before = None
    while True:
        page = (await caller.data(query, last=size, before=before, **given))[name]
        assert page["pageInfo"]["hasNextPage"] == (before is not None)
        ids = [edge["node"]["id"] for edge in page["edges"]] + ids
        if not page["pageInfo"]["hasPreviousPage"]:
            return ids
        before = page["pageInfo"]["startCursor"]


async def test_pages_in_both_directions_are_the_whole_list(
    viewer: Caller, start: Runs, define: Definitions, work: Work
) -> None:
    definition = await define(7)
    runs = [await start(definition=definition) for _ in range(5)]
    await work(runs[0])
    for _ in range(3):
        await define(1)
    run_ids = [str(global_id("Run", run.id)) for run in reversed(runs)]
    definition_id = global_id("Definition", definition.definition.id)
    lists: list[tuple[str, str, dict[str, Any], int]] = [
        (RUNS, "runs", {}, 5),
        (TRANSCRIPTS, "transcripts", {"runId": run_ids[-1]}, 14),
        (DEFINITIONS, "definitions", {}, 4),
        (SCENARIOS, "scenarios", {"definitionId": definition_id}, 7),
    ]
    for query, name, given, count in lists:
        whole = (await viewer.data(query, first=100, **given))[name]
        ids = [edge["node"]["id"] for edge in whole["edges"]]
        assert len(set(ids)) == count, name
        for size in (1, 2, count, count + 1):
            assert await _forward(viewer, query, name, size, **given) == ids, (name, size)
            assert await _backward(viewer, query, name, size, **given) == ids, (name, size)
    assert await _forward(viewer, RUNS, "runs", 2) == run_ids


async def test_filters_and_counts(
    viewer: Caller, start: Runs, define: Definitions, work: Work
) -> None:
    definition = await define(3, name="Wanted")
    done = await start(definition=definition)
    await work(done)
    await start(3, name="Other")
    wanted = [{"node": {"id": global_id("Run", done.id)}}]
    filters: list[dict[str, Any]] = [
        {"statuses": ["COMPLETED"]},
        {"search": "want"},
        {"definitionId": global_id("Definition", definition.definition.id)},
        {"createdBefore": (await viewer.data(RUN, id=wanted[0]["node"]["id"]))["run"]["finishedAt"]}
        | {"statuses": ["COMPLETED", "FAILED"]},
    ]
    for where in filters:
        found = (await viewer.data(RUNS, first=10, filter=where))["runs"]
        assert found["totalCount"] == 1, where
        assert [edge["node"]["id"] for edge in found["edges"]] == [wanted[0]["node"]["id"]]
    assert (await viewer.data(RUNS, first=1))["runs"]["totalCount"] == 2
    run_id = wanted[0]["node"]["id"]
    arms = (await viewer.data(RUN, id=run_id))["run"]["arms"]
    for condition, count in [
        ({"armIds": [arms[0]["id"]]}, 3),
        ({"passed": True}, 3),
        ({"passed": False}, 3),
        ({"unscored": True}, 0),
        ({"statuses": ["SUCCEEDED"], "scenarioPosition": 2}, 2),
        ({"statuses": ["FAILED"]}, 0),
    ]:
        edges = (await viewer.data(TRANSCRIPTS, runId=run_id, first=50, filter=condition))[
            "transcripts"
        ]["edges"]
        assert len(edges) == count, condition


TRANSCRIPT = """
query T($id: ID!) { transcript(id: $id) {
  id run { id } arm { label progress { total } } subjectId scenarioPosition repeat
  scenario { id key position dimensions rowPosition messages { role content } }
  status error { code message } startedAt endedAt queuedMs latencyMs tries finishReason
  inputTokens outputTokens cachedTokens reasoningTokens costUsd wordCount turnCount
  scores { scorer kind status passed value expected actual reason } passed score unscored
  messages { role content } output raw previousId nextId } }
"""


async def test_transcripts_and_their_neighbours(viewer: Caller, start: Runs, work: Work) -> None:
    run = await start(3)
    await work(run)
    ids = await _forward(viewer, TRANSCRIPTS, "transcripts", 100, runId=global_id("Run", run.id))
    seen = []
    at: str | None = ids[0]
    previous = None
    while at is not None:
        transcript = (await viewer.data(TRANSCRIPT, id=at))["transcript"]
        assert transcript["previousId"] == previous
        seen.append(at)
        previous, at = at, transcript["nextId"]
    assert seen == ids
    first = (await viewer.data(TRANSCRIPT, id=ids[0]))["transcript"]
    assert first["arm"] == {"label": "right", "progress": {"total": 3}}
    assert first["scenario"]["messages"] == [{"role": "user", "content": "What is 0?"}]
    assert first["messages"] == [
        {"role": "user", "content": "What is 0?"},
        {"role": "assistant", "content": "It is 0"},
    ]
    assert first["output"] == "It is 0"
    assert first["scores"][0]["scorer"] == "exact"
    assert first["scores"][0]["value"] == 1
    assert first["subjectId"] == first["scenario"]["id"]


async def test_definitions_scenarios_models_and_health(viewer: Caller, define: Definitions) -> None:
    saved = await define(2, dimensions={"tone": ["formal", {"label": "warm", "value": {"w": 1}}]})
    query = """
    query D($id: ID!) { definition(id: $id) { name description currentVersion createdAt updatedAt
      version { number source spec scenarioCount createdBy template repeats
        dimensions { name levels { label value } }
        dataset { name format rowCount columns } arms { label provider model params baseUrl }
        scorers }
      versions(first: 5) { edges { node { number } } } } }
    """
    found = await viewer.data(query, id=global_id("Definition", saved.definition.id))
    version = found["definition"]["version"]
    assert version["scenarioCount"] == 4
    assert version["template"] == "{{ question }}"
    assert version["dimensions"] == [
        {
            "name": "tone",
            "levels": [
                {"label": "formal", "value": "formal"},
                {"label": "warm", "value": {"w": 1}},
            ],
        }
    ]
    assert version["dataset"]["rowCount"] == 2
    assert [arm["label"] for arm in version["arms"]] == ["right", "wrong"]
    assert version["scorers"][0]["kind"] == "exact"
    models = (await viewer.data("{ models { name available unavailableReason models { id } } }"))[
        "models"
    ]
    by_name = {provider["name"]: provider for provider in models}
    assert by_name["recorded"]["available"]
    assert "OPENAI_API_KEY" in by_name["openai"]["unavailableReason"]
    assert by_name["openai"]["models"]
    health = (
        await viewer.data(
            "{ health { status database { ok version latencyMs } queue { queued picked "
            "oldestWaiting } workers { id } warnings providers { name available } version } }"
        )
    )["health"]
    assert health["status"] == "ok"
    assert health["workers"] == []


async def test_health_says_that_no_worker_is_up(viewer: Caller, start: Runs) -> None:
    await start(3)
    health = (await viewer.data("{ health { status warnings queue { queued } } }"))["health"]
    assert health["status"] == "degraded"
    assert "assay worker" in health["warnings"][0]
    assert health["queue"]["queued"] > 0


async def test_node(viewer: Caller, start: Runs, work: Work) -> None:
    run = await start(1)
    await work(run)
    data = await viewer.data(
        "query N($id: ID!) { run(id: $id) { id arms { id } definition { id version { id } } } }",
        id=global_id("Run", run.id),
    )
    transcripts = await _forward(
        viewer, TRANSCRIPTS, "transcripts", 10, runId=global_id("Run", run.id)
    )
    transcript = (await viewer.data(TRANSCRIPT, id=transcripts[0]))["transcript"]
    found = data["run"]
    for kind, key in {
        "Run": found["id"],
        "Arm": found["arms"][0]["id"],
        "Definition": found["definition"]["id"],
        "DefinitionVersion": found["definition"]["version"]["id"],
        "Scenario": transcript["scenario"]["id"],
        "Transcript": transcripts[0],
    }.items():
        node = await viewer.data("query N($id: ID!) { node(id: $id) { __typename id } }", id=key)
        assert node["node"] == {"__typename": kind, "id": key}


async def test_a_stranger_finds_nothing(
    stranger: Caller, viewer: Caller, start: Runs, work: Work
) -> None:
    run = await start(2)
    await work(run)
    run_id = global_id("Run", run.id)
    data = (
        await viewer.data(
            "query R($id: ID!) { run(id: $id) { arms { id } definition { id version { id } } } }",
            id=run_id,
        )
    )["run"]
    transcript_id = (await _forward(viewer, TRANSCRIPTS, "transcripts", 1, runId=run_id))[0]
    scenario = (await viewer.data(TRANSCRIPT, id=transcript_id))["transcript"]["scenario"]["id"]
    definition_id = data["definition"]["id"]
    for name, key in [
        ("run", run_id),
        ("transcript", transcript_id),
        ("definition", definition_id),
        ("node", run_id),
        ("node", data["arms"][0]["id"]),
        ("node", transcript_id),
        ("node", definition_id),
        ("node", data["definition"]["version"]["id"]),
        ("node", scenario),
    ]:
        assert await stranger.data(f"query Q($id: ID!) {{ {name}(id: $id) {{ id }} }}", id=key) == {
            name: None
        }
    assert (await stranger.data(RUNS, first=10))["runs"]["totalCount"] == 0
    assert (await stranger.data(DEFINITIONS, first=10))["definitions"]["totalCount"] == 0
    in_filter = await stranger.data(RUNS, first=10, filter={"definitionId": definition_id})
    assert in_filter["runs"]["edges"] == []
    assert (await stranger.error(TRANSCRIPTS, first=1, runId=run_id))["extensions"][
        "code"
    ] == "NOT_FOUND"
    assert (await stranger.error(SCENARIOS, first=1, definitionId=definition_id))["extensions"][
        "code"
    ] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"id": "nonsense"}, "INVALID_ID", ["id"]),
        ({"id": global_id("Arm", "019a0000-0000-7000-8000-000000000000")}, "INVALID_ID", ["id"]),
        ({"id": global_id("Run", "17")}, "INVALID_ID", ["id"]),
        ({"id": "x" * 5000}, "INVALID_ID", ["id"]),
        ({"id": ""}, "INVALID_ID", ["id"]),
    ],
)
async def test_wrong_ids(viewer: Caller, given: Any, code: str, field: list[str]) -> None:
    error = await viewer.error("query R($id: ID!) { run(id: $id) { id } }", **given)
    assert error["extensions"] == {"code": code, "field": field}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("", "first"),
        ("(first: 0)", "first"),
        ("(first: 101)", "first"),
        ("(last: -1)", "last"),
        ("(first: 1, last: 1)", "first"),
        ('(first: 1, after: "zzz")', "after"),
        ('(last: 1, after: "zzz")', "after"),
        ('(first: 1, before: "zzz")', "before"),
        ('(first: 1, search: "\\u0000")', "search"),
    ],
)
async def test_wrong_pages(viewer: Caller, arguments: str, field: str) -> None:
    error = await viewer.error(f"{{ definitions{arguments} {{ totalCount }} }}")
    assert error["extensions"]["field"] == [field]
    assert error["extensions"]["code"] in {"INVALID_INPUT", "INVALID_CURSOR"}


async def test_a_cursor_of_another_list_is_refused(
    viewer: Caller, start: Runs, define: Definitions
) -> None:
    await start(1)
    cursor = (await viewer.data(RUNS, first=1))["runs"]["edges"][0]["cursor"]
    error = await viewer.error(DEFINITIONS, first=1, after=cursor)
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_statements_do_not_grow_with_the_page(
    viewer: Caller, database: Database, start: Runs
) -> None:
    query = """query R($first: Int!) { runs(first: $first) { edges { node { id
        arms { label progress { total } } progress { done etaSeconds }
        definition { name version { number dataset { name } } } parent { id } allowedActions
    } } } }"""
    statements: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    counts = []
    for _ in range(2):
        for _ in range(8):
            await start(1)
        statements.clear()
        found = await viewer.data(query, first=50)
        counts.append((len(found["runs"]["edges"]), len(statements)))
    assert [size for size, _ in counts] == [8, 16]
    # The first request of a key also writes when it was used.
    assert counts[1][1] <= counts[0][1], counts
    assert counts[0][1] <= 10, statements


async def test_instants_in_the_callers_zone(viewer: Caller, define: Definitions) -> None:
    await define(1)
    query = "{ definitions(first: 1) { edges { node { createdAt } } } }"

    async def when(headers: Any) -> str:
        data = await viewer.data(query, headers)
        moment: str = data["definitions"]["edges"][0]["node"]["createdAt"]
        return moment

    assert (await when(None)).endswith("+00:00")
    assert (await when({"X-Timezone": "Asia/Kolkata"})).endswith("+05:30")
    for zone in ("Nowhere/Land", "../etc/passwd", ""):
        response = await viewer.post(query, {"X-Timezone": zone})
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
