"""What the address of the list of runs says: filters, order and place, and what to ask the API."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from ui import ids
from ui.components.pager import window
from ui.texts import later

PAGE_SIZE: Final = 25
STATUSES: Final = ("PENDING", "RUNNING", "PAUSED", "COMPLETED", "FAILED", "CANCELLED")
TRIGGERS: Final = ("ui", "api", "cli")

# in the address -> (words, what the API sorts by, descending)
ORDERS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "": (later("Newest first"), "CREATED", True),
    "oldest": (later("Oldest first"), "CREATED", False),
    "longest": (later("Longest first"), "DURATION", True),
    "shortest": (later("Shortest first"), "DURATION", False),
    "dearest": (later("Highest cost first"), "COST", True),
    "cheapest": (later("Lowest cost first"), "COST", False),
    "best": (later("Highest pass rate first"), "PASS_RATE", True),
    "worst": (later("Lowest pass rate first"), "PASS_RATE", False),
    "opened": (later("Opened last first"), "ACCESSED", True),
    "unopened": (later("Longest unopened first"), "ACCESSED", False),
}
# in the address -> (words, days, whether it was opened since then)
OPENED: Final[Mapping[str, tuple[str, int, bool]]] = {
    "day": (later("Within a day"), 1, True),
    "week": (later("Within 7 days"), 7, True),
    "month": (later("Within 30 days"), 30, True),
    "not-week": (later("Not for 7 days"), 7, False),
    "not-month": (later("Not for 30 days"), 30, False),
    "not-quarter": (later("Not for 90 days"), 90, False),
}


@dataclass(frozen=True, slots=True)
class RunsAddress:
    """The query of the address; what means nothing in it is no filter.

    ``status`` lists several with commas; ``since`` and ``until`` are days (ISO 8601), both
    included, in the viewer's zone.
    """

    status: str = ""
    definition: str = ""
    model: str = ""
    by: str = ""
    trigger: str = ""
    q: str = ""
    since: str = ""
    until: str = ""
    opened: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""

    def query(self) -> dict[str, str]:
        """What stands in the address but the place in the list."""
        return {k: v for k, v in asdict(self).items() if v and k not in {"after", "before"}}

    @property
    def statuses(self) -> list[str]:
        """The statuses that are asked for."""
        wanted = self.status.upper().split(",")
        return [status for status in STATUSES if status in wanted]

    @property
    def filtered(self) -> bool:
        """Whether anything but an order is asked for."""
        return bool(self.query().keys() - {"sort"})

    @property
    def elsewhere(self) -> bool:
        """Whether it is not the list's beginning."""
        return bool(self.after or self.before)

    def variables(self, zone: tzinfo, now: datetime | None = None) -> dict[str, Any]:
        """What to ask the API; days are those of ``zone``."""
        _words, by, descending = ORDERS.get(self.sort, ORDERS[""])
        wanted = self._filter(zone, now or datetime.now(UTC))
        return {
            **window(self.after, self.before, PAGE_SIZE),
            "filter": {name: value for name, value in wanted.items() if value} or None,
            "order": {"by": by, "descending": descending},
        }

    def _filter(self, zone: tzinfo, now: datetime) -> dict[str, Any]:
        _words, days, since = OPENED.get(self.opened, ("", 0, True))
        opened = (now - timedelta(days=days)).isoformat() if days else None
        return {
            "statuses": self.statuses,
            "definitionId": self.definition and ids.node_id("Definition", self.definition),
            "models": [self.model] if self.model else [],
            "createdBy": self.by,
            "triggers": [self.trigger] if self.trigger else [],
            "search": self.q,
            "createdAfter": day_start(self.since, zone),
            "createdBefore": day_start(self.until, zone, days=1),
            "accessedAfter": opened if since else None,
            "accessedBefore": None if since else opened,
        }


def day_start(day: str, zone: tzinfo, *, days: int = 0) -> str | None:
    """When a day (or so many days after it) begins in a zone; None for what is no day."""
    try:
        wanted = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime(wanted.year, wanted.month, wanted.day, tzinfo=zone).isoformat()
