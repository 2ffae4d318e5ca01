"""The CSV of a run: /api/export/runs/{id}.csv"""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from api.context import unauthenticated
from api.errors import BadRequest
from api.relay import node_key
from api.request import display_zone, request_info
from api.routes.csv_stream import BOM, CsvResponse, header_line
from api.services import Services
from db.models import Run
from db.repositories.definitions import DefinitionRepository
from db.repositories.export import ExportColumns, Sink, copy_attempts, header
from db.repositories.runs import RunRepository
from db.session import explained
from engine.errors import NotFound

_FLAGS: Final = {"": False, "0": False, "false": False, "1": True, "true": True}
_PATIENCE_S: Final = 10.0


def run_key(given: str) -> UUID:
    """The run in an address: its UUID, or its global id. Raises InvalidId."""
    try:
        return UUID(given)
    except ValueError:
        return node_key(given, "Run", "id")


class RunExport:
    """Sends the attempts of a run as CSV."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, request: Request) -> Response:
        """Answer one request; nothing has been read of the attempts yet."""
        flag = request.query_params.get("raw", "").lower()
        if flag not in _FLAGS:
            raise BadRequest("`raw` is true or false.", field="raw")
        raw = _FLAGS[flag]
        principal = request_info(request.scope).principal
        if principal is None:
            raise unauthenticated()
        key = run_key(request.path_params["id"])
        with explained():
            async with self._services.reading_session() as session:
                run = await RunRepository(session, principal.organization_id).get(key)
                if run is None:
                    raise NotFound("There is no such run.")
                spec: dict[str, Any] = {}
                if run.definition_version_id is not None:
                    definitions = DefinitionRepository(session, principal.organization_id)
                    version = await definitions.version_by_id(run.definition_version_id)
                    spec = {} if version is None else version.spec
        columns = _columns(run, spec)
        zone = display_zone.get()

        async def source(sink: Sink) -> None:
            pool = await self._services.database.pool()
            with explained():
                connection = await pool.acquire(timeout=_PATIENCE_S)
                whole = False
                try:
                    await copy_attempts(
                        connection,
                        principal.organization_id,
                        key,
                        columns,
                        sink,
                        zone="UTC" if zone is None else zone.key,
                        raw=raw,
                    )
                    whole = True
                finally:
                    await _give_back(pool, connection, whole=whole)

        today = datetime.now(zone or UTC).date().isoformat()
        return CsvResponse(
            source,
            BOM + header_line(header(columns), raw=raw),
            filename=f"run_{key}_{today}.csv",
        )


async def _give_back(pool: "asyncpg.Pool[asyncpg.Record]", connection: Any, *, whole: bool) -> None:
    if not whole:
        # In the middle of a COPY the rest would have to be read: cut it off instead.
        connection.terminate()
    await pool.release(connection)


def _columns(run: Run, spec: dict[str, Any]) -> ExportColumns:
    return ExportColumns(
        dimensions=list(spec.get("dimensions") or {}),
        scorers=[scorer.get("name") or scorer["kind"] for scorer in run.scorers],
    )
