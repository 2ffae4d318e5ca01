"""How long a run has taken."""

from datetime import UTC, datetime

from ui import formats

_ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


def run_duration(status: str, started_at: str | None, duration_ms: float | None) -> str:
    """To its end, or until now while it lasts."""
    if status in _ENDED or started_at is None:
        return formats.duration(duration_ms)
    elapsed = datetime.now(UTC) - formats.instant(started_at)
    return formats.duration(max(1.0, elapsed.total_seconds()) * 1000)
