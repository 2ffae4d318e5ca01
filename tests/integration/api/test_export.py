"""The CSV of a run: whole, in a form that spreadsheets read, and gone when the client is."""

import asyncio
import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select
from starlette.applications import Starlette

from api.relay import global_id
from db.models import Attempt, Run
from db.session import Database
from tests.integration.api.conftest import Caller
from tests.support.factories import EXACT, RIGHT, Runs, simulated
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


async def _get(caller: Caller, run: Run, query: str = "", **headers: str) -> Any:
    return await caller.client.get(
        f"/api/export/runs/{run.id}.csv{query}", headers={**caller.headers, **headers}
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
    today = datetime.now().astimezone().date().isoformat()[:4]
    disposition = response.headers["content-disposition"]
    assert disposition.startswith(f'attachment; filename="run_{run.id}_{today}')
    assert response.content.count(b"\n") == response.content.count(b"\r\n")
    rows = _rows(response.content)
    attempts = await _attempts(database, run.id)
    assert len(rows) == len(attempts) == 6 * 2 * 2 * 2
    assert list(rows[0])[:8] == [
        "run_id",
        "run_status",
        "scenario_position",
        "scenario_key",
        "tone",
        "dimension_status",
        "arm",
        "provider",
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
        assert datetime.fromisoformat(row["started_at"]) == attempt.started_at
        assert row["started_at"].endswith("+00:00")
        assert int(row["tries"]) == attempt.tries
    assert {row["status"] for row in rows} == {"SUCCEEDED", "FAILED"}


async def _write_errors(database: Database, run: Run) -> None:
    attempts = await _attempts(database, run.id)
    async with database.unit_of_work() as session:
        for attempt, text in zip(attempts, AWKWARD, strict=True):
            found = await session.get_one(Attempt, attempt.id)
            found.error_message = text
            found.cost_usd = Decimal("-0.0001500000")


async def test_awkward_cells_come_back_as_they_are_and_formulas_do_not(
    viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    run = await start(len(AWKWARD), RIGHT)
    await work(run)
    await _write_errors(database, run)
    raw = _rows((await _get(viewer, run, "?raw=true")).content)
    assert [row["error"] for row in raw] == AWKWARD
    safe = _rows((await _get(viewer, run)).content)
    assert [row["error"] for row in safe] == [
        f"'{text}" if text[:1] in tuple("=+-@\t\r") and text else text for text in AWKWARD
    ]
    # Numbers stay numbers, also negative ones.
    assert {row["cost_usd"] for row in safe} == {"-0.00015"}


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
    assert row["started_at"].endswith("+05:30")


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

    monkeypatch.setattr("engine.runs.export.copy_attempts", full)
    response = await _get(viewer, run)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "STORAGE_UNAVAILABLE"


async def test_a_client_that_leaves_frees_the_connection(
    app: Starlette, viewer: Caller, database: Database, start: Runs, work: Work
) -> None:
    run = await start(1, RIGHT)
    await work(run)
    async with database.unit_of_work() as session:
        connection = await session.connection()
        # Far more than the buffers hold: the reader is in the middle of it when the client goes.
        await connection.exec_driver_sql(
            "INSERT INTO attempts SELECT (jsonb_populate_record(a, jsonb_build_object("
            "'id', gen_random_uuid(), 'subject_position', n, 'error_message', repeat('x', 2000)"
            "))).* FROM attempts a, generate_series(1, 20000) n"
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
        "path": f"/api/export/runs/{run.id}.csv",
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
    whole = await _get(viewer, run)
    assert len(_rows(whole.content)) == 20001
