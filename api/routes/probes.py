"""Probes: is the process alive, and can it serve?"""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from api.services import Services
from db import migrate
from engine.errors import AssayError

_PATIENCE_S: Final = 5.0


async def healthz(_: Request) -> JSONResponse:
    """The process answers. Touches nothing."""
    return JSONResponse({"status": "ok"})


class Readyz:
    """The database is reachable and has the tables that this code needs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._head: str | None = None

    async def __call__(self, _: Request) -> JSONResponse:
        """200, or 503 with the reason."""
        if self._head is None:
            self._head = await asyncio.to_thread(migrate.head_revision)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                current = await migrate.current_revision(self._services.database)
        except AssayError as error:
            return _not_ready(error.code, error.message)
        except TimeoutError:
            return _not_ready(
                "STORAGE_UNAVAILABLE", f"The database gave no answer in {_PATIENCE_S:g} s."
            )
        if current != self._head:
            return _not_ready(
                "SCHEMA_MISMATCH",
                f"The database is at revision {current or 'none'}, this code needs {self._head}: "
                "run `assay migrate`.",
            )
        return JSONResponse({"status": "ready", "revision": current})


def _not_ready(code: str, reason: str) -> JSONResponse:
    return JSONResponse({"status": "unavailable", "code": code, "reason": reason}, 503)
