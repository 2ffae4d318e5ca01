"""The CSV of a run: whole, in a form that spreadsheets read, and gone when the client is."""

import asyncio
import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pyarrow import parquet
from sqlmodel import select
from starlette.applications import Starlette

from api.relay import global_id
from db.models import Attempt, Run
from db.repositories.export import CELL_UNITS, CUT_MARK
from db.session import Database
from engine.errors import InvalidInput
from engine.runs.export.attempts import Wanted, prepare, write_attempts
from engine.runs.export.cells import cut, neutral
from tests.integration.api.conftest import Caller
from tests.support.factories import EXACT, RIGHT, WRONG, Runs, simulated
from tests.support.waiting import eventually
from tests.support.working import Work

AWKWARD = [
    "=1+1",
    "+1",
    "-1",
    "@cmd",
    "\ttab",
    "\rreturn",
    'quo"te',
    "comma, here",
    "line\nbreak",
    "crlf\r\nhere",
    '"',
    "",
    "plain",
    "sum=1",
    "\N{SNOWMAN}",
]


def _rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


async def _attempts(database: Database, run_id: UUID) -> list[Attempt]:
    async with database.unit_of_work() as session:
        found = await session.execute(
            select(Attempt)
            .where(Attempt.run_id == run_id)
            .order_by(Attempt.subject_position, Attempt.repeat, Attempt.arm_id)  # type: ignore[arg-type]  # SQLModel types columns as their values
        )
        return list(found.scalars())


async def _get(
    caller: Caller, run: Run, form: str = "csv", headers: Any = None, **query: Any
) -> Any:
    return await caller.client.get(
        f"/api/export/runs/{run.id}.{form}",
        params=query,
        headers={**caller.headers, **(headers or {})},
    )


async def test_every_attempt_with_every_column(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    dimensions = {"tone": ["formal", "=warm"], "status": ["low"]}
    scorers = [EXACT, {"kind": "contains", "name": "=has", "values": ["It"]}]
    run = await start(
        6,
        RIGHT,
        simulated("shaky", error_rate=0.4, seed=5),
        dimensions=dimensions,
        scorers=scorers,
        repeats=2,
    )
    await work(run)
    response = await _get(viewer, run)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv; charset=utf-8")
    days = {(datetime.now(UTC) - timedelta(hours=hours)).date().isoformat() for hours in (0, 1)}
    assert response.headers["content-disposition"] in {
        f'attachment; filename="run_{run.id}_{day}.csv"' for day in days
    }
    assert response.content.count(b"\n") == response.content.count(b"\r\n")
    rows = _rows(response.content)
    attempts = await _attempts(database, run.id)
    assert len(rows) == len(attempts) == 6 * 2 * 2 * 2
    assert list(rows[0])[:10] == [
        *("run_id", "scenario_id", "scenario_key", "tone", "dimension_status"),
        *("arm", "model_id", "model_version", "repeat", "status"),
    ]
    assert {"exact_passed", "exact_score", "'=has_passed", "'=has_score"} <= set(rows[0])
    arms = {"right": "recorded", "shaky": "simulated"}
    for row, attempt in zip(rows, attempts, strict=True):
        assert row["run_id"] == str(run.id)
        assert row["run_status"] == "COMPLETED"
        assert int(row["scenario_position"]) == attempt.subject_position
        assert row["tone"] == ("formal" if attempt.subject_position % 2 == 0 else "'=warm")
        assert row["dimension_status"] == "low"
        assert row["provider"] == arms[row["arm"]]
        assert int(row["repeat"]) == attempt.repeat
        assert row["status"] == attempt.status
        assert row["passed"] == ("" if attempt.passed is None else str(attempt.passed).lower())
        assert row["score"] == "" or float(row["score"]) == attempt.score
        expected = attempt.scores[0] if attempt.scores else None
        assert row["exact_passed"] == ("" if expected is None else str(expected["passed"]).lower())
        assert row["error_code"] == (attempt.error_code or "")
        assert row["error"] == (attempt.error_message or "")
        assert row["latency_ms"] == "" or float(row["latency_ms"]) == attempt.latency_ms
        assert datetime.fromisoformat(row["created_at"]) == attempt.started_at
        assert row["created_at"].endswith("+00:00")
        took = (attempt.ended_at - attempt.started_at) / timedelta(milliseconds=1)
        assert float(row["duration_ms"]) == pytest.approx(took, abs=0.001)
        assert row["scenario_id"] == str(attempt.subject_id)
        assert row["attempt_id"] == str(attempt.id)
        assert int(row["tries"]) == attempt.tries
    assert {row["status"] for row in rows} == {"SUCCEEDED", "FAILED"}


async def _write_errors(database: Database, run: Run, texts: Sequence[str] = AWKWARD) -> None:
    attempts = await _attempts(database, run.id)
    async with database.unit_of_work() as session:
        for attempt, text in zip(attempts, texts, strict=True):
            found = await session.get_one(Attempt, attempt.id)
            found.error_message = text
            found.cost_usd = Decimal("-0.0001500000")


async def test_awkward_cells_come_back_as_they_are_and_formulas_do_not(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    run = await start(len(AWKWARD), RIGHT)
    await work(run)
    await _write_errors(database, run)
    raw = _rows((await _get(viewer, run, raw="true")).content)
    assert [row["error"] for row in raw] == AWKWARD
    safe = _rows((await _get(viewer, run)).content)
    assert [row["error"] for row in safe] == [
        f"'{text}" if text[:1] in tuple("=+-@\t\r") and text else text for text in AWKWARD
    ]
    # Numbers stay numbers, also negative ones.
    assert {row["cost_usd"] for row in safe} == {"-0.00015"}


async def test_a_text_too_long_for_a_cell_is_cut_as_python_cuts_it(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    wide = "\N{GRINNING FACE}"
    texts = [
        "x" * CELL_UNITS,
        "x" * (CELL_UNITS + 1),
        "=" + "x" * (CELL_UNITS - 1),
        wide + "x" * (CELL_UNITS - 2),
        wide + "x" * (CELL_UNITS - 1),
        wide * CELL_UNITS,
        "\N{SNOWMAN}" * CELL_UNITS,
    ]
    run = await start(len(texts), RIGHT)
    await work(run)
    await _write_errors(database, run, texts)
    safe = _rows((await _get(viewer, run)).content)
    assert [row["error"] for row in safe] == [cut(neutral(text)) for text in texts]
    assert [text.endswith(CUT_MARK) for text in (row["error"] for row in safe)] == [
        *(False, True, True, False, True, True, False)
    ]
    raw = _rows((await _get(viewer, run, raw=1)).content)
    assert [row["error"] for row in raw] == texts


async def test_parts_are_the_whole(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    run = await start(6, RIGHT, WRONG)
    await work(run)
    whole = _rows((await _get(viewer, run)).content)
    parts: list[list[dict[str, str]]] = []
    for part in (1, 2, 3):
        content = bytearray()

        async def take(data: bytes, content: bytearray = content) -> None:
            content.extend(data)

        async with database.unit_of_work() as session:
            export = await prepare(session, run, Wanted(part=part, part_rows=5))
        await write_attempts(database, export, take)
        parts.append(_rows(bytes(content)))
    assert [row for part in parts for row in part] == whole
    assert [len(part) for part in parts] == [5, 5, 2]
    async with database.unit_of_work() as session:
        with pytest.raises(InvalidInput, match="this run has 3 parts of at most 5 rows"):
            await prepare(session, run, Wanted(part=4, part_rows=5))
    first = await _get(viewer, run, part=1)
    assert _rows(first.content) == whole
    assert first.headers["content-disposition"].endswith('_part1.csv"')


async def test_a_filter_is_that_of_the_transcripts(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    run = await start(6, RIGHT, WRONG)
    await work(run)
    whole = _rows((await _get(viewer, run)).content)
    wrong = next(a.arm_id for a in await _attempts(database, run.id) if not a.passed)
    arm = global_id("Arm", wrong)
    for wanted, fitting in [
        ({"passed": True}, [row for row in whole if row["passed"] == "true"]),
        ({"armIds": [arm]}, [row for row in whole if row["arm"] == "wrong"]),
        ({"statuses": ["FAILED", "CANCELLED"]}, []),
        (
            {"armIds": [arm], "statuses": ["SUCCEEDED"], "scenarioPosition": 3},
            [row for row in whole if (row["arm"], row["scenario_position"]) == ("wrong", "3")],
        ),
    ]:
        found = await _get(viewer, run, filter=json.dumps(wanted))
        assert _rows(found.content) == fitting, wanted


async def test_json_lines_have_everything(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    dimensions = {"tone": ["formal", 'a "quoted" name']}
    run = await start(3, RIGHT, WRONG, dimensions=dimensions)
    await work(run)
    await _write_errors(database, run, ["=1\n\x01\x02\\"] * 12)
    response = await _get(viewer, run, "jsonl")
    assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert '.jsonl"' in response.headers["content-disposition"]
    lines = [json.loads(line) for line in response.content.splitlines()]
    attempts = await _attempts(database, run.id)
    assert [line["attempt_id"] for line in lines] == [str(attempt.id) for attempt in attempts]
    for line, attempt in zip(lines, attempts, strict=True):
        assert line["scores"] == attempt.scores
        assert line["dimensions"]["tone"] in dimensions["tone"]
        assert line["error"] == "=1\n\x01\x02\\"
        assert datetime.fromisoformat(line["created_at"]) == attempt.started_at
        assert line["cost_usd"] == -0.00015
        assert line["output"] == ("no idea" if line["arm"] == "wrong" else line["output"])
        assert "messages" not in line
    told = await _get(viewer, run, "jsonl", transcripts=1, filter='{"scenarioPosition": 0}')
    first = json.loads(told.content.splitlines()[0])
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"]
    assert first["messages"][-1]["content"] == first["output"]


async def test_parquet_has_the_columns_of_the_csv_with_their_types(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    run = await start(len(AWKWARD), RIGHT, dimensions={"tone": ["=warm"]})
    await work(run)
    await _write_errors(database, run)
    response = await _get(viewer, run, "parquet")
    assert response.headers["content-type"] == "application/vnd.apache.parquet"
    table = parquet.read_table(io.BytesIO(response.content))
    rows = _rows((await _get(viewer, run, raw=1)).content)
    assert table.column_names == list(rows[0])
    for typed, row in zip(table.to_pylist(), rows, strict=True):
        assert typed["tone"] == row["tone"] == "=warm"
        assert typed["created_at"] == datetime.fromisoformat(row["created_at"])
        assert typed["passed"] is (row["passed"] == "true")
        assert typed["cost_usd"] == Decimal(row["cost_usd"])
        assert typed["repeat"] == int(row["repeat"])
        assert typed["error_code"] is None
    assert table["error"].to_pylist() == AWKWARD


async def test_the_arms_of_a_run(viewer: Caller, start: Runs, work: Work) -> None:
    run = await start(4, {**RIGHT, "label": "=right"}, WRONG)
    await work(run)
    response = await viewer.client.get(
        f"/api/export/runs/{run.id}/arms.csv", headers=viewer.headers
    )
    assert response.headers["content-disposition"].endswith('_arms.csv"')
    rows = _rows(response.content)
    assert [(row["arm"], row["attempts"], row["passed"], row["pass_rate"]) for row in rows] == [
        ("'=right", "4", "4", "1.0"),
        ("wrong", "4", "0", "0.0"),
    ]
    assert {row["cost_usd"] for row in rows} == {""}, "no price is not a price of 0"


async def test_the_list_of_runs(
    viewer: Caller, stranger: Caller, start: Runs, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runs.export.tables.MAX_PAGE", 2)
    runs = [await start(2, RIGHT, WRONG) for _ in range(4)]
    saved = await start(1, RIGHT, name="=capitals")
    await work(*runs, saved)

    async def listed(caller: Caller, **query: Any) -> list[dict[str, str]]:
        response = await caller.client.get(
            "/api/export/runs.csv", params=query, headers=caller.headers
        )
        assert response.status_code == 200, response.text
        return _rows(response.content)

    everything = await listed(viewer)
    assert [row["run_id"] for row in everything] == [str(r.id) for r in [saved, *reversed(runs)]]
    assert everything[0]["definition"] == "'=capitals"
    done = everything[-1]
    assert (done["attempts"], done["passed"], done["pass_rate"]) == ("4", "2", "0.5")
    assert done["arms"] == "right; wrong"
    assert float(done["duration_ms"]) > 0
    found = await listed(viewer, filter='{"statuses": ["COMPLETED"], "search": "capitals"}')
    assert [row["run_id"] for row in found] == [str(saved.id)]
    assert await listed(viewer, filter='{"statuses": ["PENDING"]}') == []
    oldest = await listed(viewer, order='{"by": "CREATED", "descending": false}')
    assert oldest == everything[::-1]
    assert await listed(stranger) == []


async def test_by_global_id_and_in_the_callers_zone(
    viewer: Caller, start: Runs, work: Work
) -> None:
    run = await start(1, RIGHT)
    await work(run)
    response = await viewer.client.get(
        f"/api/export/runs/{global_id('Run', run.id)}.csv",
        headers={**viewer.headers, "X-Timezone": "Asia/Kolkata"},
    )
    [row] = _rows(response.content)
    assert row["created_at"].endswith("+05:30")


async def test_a_run_without_attempts_is_a_header(viewer: Caller, start: Runs) -> None:
    run = await start(1)
    response = await _get(viewer, run)
    assert response.status_code == 200
    assert _rows(response.content) == []
    assert response.content.count(b"\r\n") == 1
    head = await viewer.client.head(f"/api/export/runs/{run.id}.csv", headers=viewer.headers)
    assert (head.status_code, head.content) == (200, b"")


async def test_refusals_have_a_status(
    viewer: Caller, stranger: Caller, start: Runs, database: Database
) -> None:
    run = await start(1)
    missing = UUID(int=run.id.int + 1)
    for caller, path, status, code in [
        (stranger, f"{run.id}.csv", 404, "NOT_FOUND"),
        (stranger, f"{global_id('Run', run.id)}.csv", 404, "NOT_FOUND"),
        (viewer, f"{missing}.csv", 404, "NOT_FOUND"),
        (viewer, "nonsense.csv", 404, "INVALID_ID"),
        (viewer, f"{global_id('Arm', run.id)}.csv", 404, "INVALID_ID"),
        (viewer, f"{run.id}.csv?raw=maybe", 400, "BAD_REQUEST"),
        (viewer, f"{run.id}.csv?part=first", 400, "BAD_REQUEST"),
        (viewer, f"{run.id}.csv?part=2", 400, "INVALID_INPUT"),
        (viewer, f"{run.id}.jsonl?raw=1", 400, "INVALID_INPUT"),
        (viewer, f"{run.id}.parquet?transcripts=1", 400, "INVALID_INPUT"),
        (viewer, f"{run.id}.csv?filter=nothing", 400, "INVALID_INPUT"),
        (viewer, f'{run.id}.csv?filter={{"nothing":1}}', 400, "INVALID_INPUT"),
        (viewer, f'{run.id}.csv?filter={{"armIds":["x"]}}', 404, "INVALID_ID"),
        (stranger, f"{run.id}.jsonl", 404, "NOT_FOUND"),
        (stranger, f"{run.id}.parquet", 404, "NOT_FOUND"),
        (stranger, f"{run.id}/arms.csv", 404, "NOT_FOUND"),
    ]:
        response = await caller.client.get(f"/api/export/runs/{path}", headers=caller.headers)
        assert response.status_code == status, path
        assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_what_fails_before_the_first_byte_has_a_status(
    viewer: Caller, start: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await start(1)

    async def full(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("engine.runs.export.attempts.copy_csv", full)
    response = await _get(viewer, run)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "STORAGE_UNAVAILABLE"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_a_client_that_leaves_frees_the_connection(
    app: Starlette,
    viewer: Caller,
    database: Database,
    start: Runs,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    monkeypatch.setattr("engine.runs.export.attempts._GROUP_BYTES", 256 * 1024)
    run = await start(1, RIGHT)
    await work(run)
    async with database.unit_of_work() as session:
        connection = await session.connection()
        # Far more than the buffers hold: the reader is in the middle of it when the client goes.
        await connection.exec_driver_sql(
            "INSERT INTO attempts SELECT (jsonb_populate_record(a, jsonb_build_object("
            "'id', gen_random_uuid(), 'subject_position', n, 'error_message', "
            # Nothing that a Parquet file could make small.
            "(SELECT string_agg(md5(n::text || i), '') FROM generate_series(1, 60) i)"
            "))).* FROM attempts a, generate_series(1, 2000) n"
        )

    async def copying() -> int:
        async with database.unit_of_work() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (%%' "
                "AND datname = current_database()"
            )
            return int(found.scalar_one())

    left = asyncio.Event()
    started = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            started.set()
            # The client takes no more.
            await asyncio.Event().wait()

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/export/runs/{run.id}.{form}",
        "query_string": b"",
        "headers": [(b"x-api-key", viewer.headers["X-API-Key"].encode())],
    }
    serving = asyncio.create_task(app(scope, receive, send))
    await started.wait()
    assert await copying() == 1
    left.set()
    await serving

    async def none_left() -> bool:
        return await copying() == 0

    await eventually(none_left, "the connection is free")
    # And the next one is served.
    assert (await _get(viewer, run, form)).status_code == 200


async def test_a_page_is_told_how_its_download_was_answered(
    viewer: Caller, start: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await start(1)
    whole = await _get(viewer, run, token="t1")
    assert whole.headers["set-cookie"].startswith("assay_download_t1=200; Path=/; Max-Age=")
    missing = await viewer.client.get(
        f"/api/export/runs/{UUID(int=1)}.csv?token=t2", headers=viewer.headers
    )
    assert missing.headers["set-cookie"].startswith("assay_download_t2=404;")

    async def away(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("engine.runs.export.attempts.copy_csv", away)
    broken = await _get(viewer, run, token="t3")
    assert broken.headers["set-cookie"].startswith("assay_download_t3=503;")
    for token in ("", "a b", "a;Domain=x", "x" * 41):
        assert "set-cookie" not in (await _get(viewer, run, token=token)).headers
