"""Is everything up?"""

import strawberry

from api.context import AssayInfo
from api.fields import root
from api.health.types import DatabaseHealth, Health, QueueHealth
from api.permissions import IsViewer
from api.version import VERSION
from engine.health.report import read_report


@strawberry.type
class HealthQueries:
    """Is everything up?"""

    @root(IsViewer, "What is up, and what is not.")
    async def health(self, info: AssayInfo) -> Health:
        """What is up, and what is not."""
        async with info.context.read() as session:
            report = await read_report(session)
        return Health(
            report=report,
            status="degraded" if report.warnings else "ok",
            database=DatabaseHealth(ok=True, version=report.version, latency_ms=report.latency_ms),
            queue=QueueHealth.of(report.queue),
            warnings=report.warnings,
            version=VERSION,
        )
