"""The CSV of a run: /api/export/runs/{id}.csv"""

import asyncio
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.context import unauthenticated
from api.errors import BadRequest
from api.relay import node_key
from api.request import display_zone, request_info
from api.routes.csv_stream import CsvResponse
from api.services import Services
from db.repositories.export import Sink
from db.repositories.runs import RunRepository
from db.session import explained
from engine.errors import NotFound
from engine.runs.export import export_columns, write_csv

_FLAGS: Final = {"": False, "0": False, "false": False, "1": True, "true": True}
_AT_ONCE: Final = 10


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
        self._slots = asyncio.Semaphore(_AT_ONCE)

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
                columns = await export_columns(session, principal.organization_id, run)
        self._services.accesses.run_read(key)
        zone = display_zone.get()

        async def source(sink: Sink) -> None:
            # Each holds a connection for as long as its client takes: the rest wait their turn.
            async with self._slots:
                await write_csv(
                    self._services.database,
                    run,
                    columns,
                    sink,
                    zone="UTC" if zone is None else zone.key,
                    raw=raw,
                )

        today = datetime.now(zone or UTC).date().isoformat()
        return CsvResponse(source, filename=f"run_{key}_{today}.csv")
