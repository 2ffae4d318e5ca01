"""Files of results: /api/export/..."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.context import unauthenticated
from api.enums import RunSort
from api.errors import BadRequest
from api.inputs import read_input
from api.relay import node_key
from api.request import display_zone, request_info
from api.routes.download import Download
from api.runs.inputs import RunFilter, RunOrder
from api.runs.queries import run_filter
from api.services import Services
from api.transcripts.filters import transcript_filter
from api.transcripts.inputs import TranscriptFilter
from db.models import Run
from db.repositories.export import Sink
from db.repositories.runs import ArmCounts, RunRepository
from db.session import explained
from engine.errors import NotFound
from engine.governance.access import Principal
from engine.runs.export.attempts import Format, Wanted, prepare, write_attempts
from engine.runs.export.boards import boards_csv, pairwise_csv
from engine.runs.export.compared import write_compared
from engine.runs.export.tables import arms_csv, write_runs
from engine.runs.pairwise import pairwise

_FLAGS: Final = {"": False, "0": False, "false": False, "1": True, "true": True}
_AT_ONCE: Final = 10
_CSV: Final = "text/csv; charset=utf-8; header=present"
_CONTENT_TYPES: Final = {
    Format.CSV: _CSV,
    Format.JSONL: "application/x-ndjson; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class Exports:
    """Sends what pages show as files."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def attempts(self, form: Format) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The attempts of a run: /api/export/runs/{id}.{form}"""

        async def endpoint(request: Request) -> Response:
            return await self._attempts(request, form)

        return endpoint

    async def _attempts(self, request: Request, form: Format) -> Response:
        zone = _zone()
        wanted = Wanted(
            form,
            where=transcript_filter(
                read_input(_given(request, "filter"), TranscriptFilter, "filter")
            ),
            raw=_flag(request, "raw"),
            part=_part(request),
            transcripts=_flag(request, "transcripts"),
            zone=str(zone),
        )
        with explained():
            async with self._services.reading_session() as session:
                runs = RunRepository(session, _principal(request).organization_id)
                run = await _run(runs, request)
                export = await prepare(session, run, wanted)
        self._services.accesses.run_read(run.id)

        async def source(sink: Sink) -> None:
            # Each holds a connection for as long as its client takes: the rest wait their turn.
            async with self._slots:
                await write_attempts(self._services.database, export, sink)

        part = f"_part{wanted.part}" if wanted.part is not None else ""
        name = f"run_{run.id}_{_today()}{part}.{form.value}"
        return Download(source, filename=name, content_type=_CONTENT_TYPES[form])

    async def arms(self, request: Request) -> Response:
        """The arms of a run: /api/export/runs/{id}/arms.csv"""
        with explained():
            async with self._services.reading_session() as session:
                runs = RunRepository(session, _principal(request).organization_id)
                run, arms = await _run_with_arms(runs, request)
        content = arms_csv(run, arms, raw=_flag(request, "raw"))
        return _whole(content, f"run_{run.id}_{_today()}_arms.csv")

    async def boards(self, request: Request) -> Response:
        """The boards of a run: /api/export/runs/{id}/boards.csv"""
        organization_id = _principal(request).organization_id
        with explained():
            async with self._services.reading_session() as session:
                run, arms = await _run_with_arms(RunRepository(session, organization_id), request)
                found = await self._services.boards.of(session, organization_id, run, arms)
        content = boards_csv(run, found, raw=_flag(request, "raw"))
        return _whole(content, f"run_{run.id}_{_today()}_boards.csv")

    async def pairwise(self, request: Request) -> Response:
        """The pairs of a run's arms: /api/export/runs/{id}/pairwise.csv"""
        organization_id = _principal(request).organization_id
        with explained():
            async with self._services.reading_session() as session:
                run, arms = await _run_with_arms(RunRepository(session, organization_id), request)
                found = await self._services.boards.outcomes(session, organization_id, run, arms)
        pairs = None if found is None else pairwise(arms, found.scenarios)
        content = pairwise_csv(run, pairs, raw=_flag(request, "raw"))
        return _whole(content, f"run_{run.id}_{_today()}_pairwise.csv")

    async def comparison(self, request: Request) -> Response:
        """Two arms scenario by scenario: /api/export/comparison.csv?armA=...&armB=..."""
        organization_id = _principal(request).organization_id
        raw = _flag(request, "raw")
        arm_a, arm_b = (
            node_key(_given(request, name) or "", "Arm", name) for name in ("armA", "armB")
        )
        with explained():
            async with self._services.reading_session() as session:
                found = await self._services.comparisons.compare(
                    session, organization_id, arm_a, arm_b
                )

        async def source(sink: Sink) -> None:
            await write_compared(self._services.database, organization_id, found, sink, raw=raw)

        name = f"run_{found.a.run.id}_{_today()}_comparison.csv"
        return Download(source, filename=name, content_type=_CSV)

    async def runs(self, request: Request) -> Response:
        """The list of runs: /api/export/runs.csv"""
        organization_id = _principal(request).organization_id
        where = run_filter(read_input(_given(request, "filter"), RunFilter, "filter"))
        order = read_input(_given(request, "order"), RunOrder, "order") or RunOrder(
            by=RunSort.CREATED
        )
        raw, zone = _flag(request, "raw"), _zone()

        async def source(sink: Sink) -> None:
            await write_runs(
                self._services.database,
                organization_id,
                where,
                sink,
                sort=order.by,
                descending=order.descending,
                zone=zone,
                raw=raw,
            )

        return Download(source, filename=f"runs_{_today()}.csv", content_type=_CSV)


async def _run(runs: RunRepository, request: Request) -> Run:
    """The run in the address, by its UUID or its global id. Raises InvalidId and NotFound."""
    given: str = request.path_params["id"]
    try:
        key = UUID(given)
    except ValueError:
        key = node_key(given, "Run", "id")
    run = await runs.get(key)
    if run is None:
        raise NotFound("There is no such run.")
    return run


async def _run_with_arms(runs: RunRepository, request: Request) -> tuple[Run, Sequence[ArmCounts]]:
    """The run in the address, and its arms. Raises InvalidId and NotFound."""
    run = await _run(runs, request)
    return run, (await runs.arms([run.id]))[run.id]


def _whole(content: bytes, filename: str) -> Download:
    """A CSV that is small enough to be made before it is sent."""

    async def source(sink: Sink) -> None:
        await sink(content)

    return Download(source, filename=filename, content_type=_CSV)


def _principal(request: Request) -> Principal:
    principal = request_info(request.scope).principal
    if principal is None:
        raise unauthenticated()
    return principal


def _given(request: Request, name: str) -> str | None:
    return request.query_params.get(name)


def _flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "").lower()
    if given not in _FLAGS:
        raise BadRequest(f"`{name}` is true or false.", field=name)
    return _FLAGS[given]


def _part(request: Request) -> int | None:
    given = _given(request, "part")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise BadRequest("`part` is a number, counted from 1.", field="part")
    return int(given)


def _zone() -> tzinfo:
    return display_zone.get() or UTC


def _today() -> str:
    return datetime.now(_zone()).date().isoformat()
