"""The part of the address that says which transcripts are listed, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

STATUSES: Final = ("SUCCEEDED", "FAILED", "CANCELLED", "SKIPPED")
# in the address -> (sorted by, descending)
ORDERS: Final[Mapping[str, tuple[str, bool]]] = {
    "slowest": ("LATENCY", True),
    "fastest": ("LATENCY", False),
    "dearest": ("COST", True),
    "cheapest": ("COST", False),
    "worst": ("SCORE", False),
    "best": ("SCORE", True),
}
# Before the name of a dimension, which can be any: `?d.language=German`.
DIMENSION: Final = "d."
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class TranscriptQuery:
    """Filters and order of a list of transcripts, as the address writes them; empty is any."""

    arm: str = ""
    status: str = ""
    error: str = ""
    scorer: str = ""
    verdict: str = ""
    q: str = ""
    order: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, str]) -> "TranscriptQuery":
        """What an address asks for; what means nothing there is left out."""
        verdict = params.get("verdict", "")
        return cls(
            arm=params.get("arm", ""),
            status=status if (status := params.get("status", "")).upper() in STATUSES else "",
            error=params.get("error", "")[:_LONGEST],
            scorer=params.get("scorer", ""),
            verdict=verdict if verdict in {"passed", "failed", "unscored"} else "",
            q=params.get("q", "").strip()[:_LONGEST],
            order=order if (order := params.get("order", "")) in ORDERS else "",
            dimensions={
                name.removeprefix(DIMENSION): level
                for name, level in params.items()
                if name.startswith(DIMENSION) and level
            },
        )

    def address(self) -> dict[str, str | None]:
        """What makes this query of an address."""
        return {
            "arm": self.arm,
            "status": self.status,
            "error": self.error,
            "scorer": self.scorer,
            "verdict": self.verdict,
            **{f"{DIMENSION}{name}": level for name, level in self.dimensions.items()},
            "q": self.q,
            "order": self.order,
        }

    @property
    def filtered(self) -> bool:
        """Whether it leaves anything out but for the order."""
        return replace(self, order="", scorer="") != TranscriptQuery()

    def variables(self) -> dict[str, Any]:
        """The filter and the order, as the API takes them; null where there is none."""
        by, descending = ORDERS.get(self.order, ("SCENARIO", False))
        return {
            "filter": self._filter() or None,
            "order": {"by": by, "descending": descending} if self.order else None,
        }

    def _filter(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        if self.arm:
            wanted["armLabels"] = [self.arm]
        if self.status:
            wanted["statuses"] = [self.status.upper()]
        if self.error:
            wanted["errorCode"] = self.error
        if self.verdict and self.scorer:
            wanted["scorer"] = self.scorer
        if self.verdict == "unscored":
            wanted["unscored"] = True
        elif self.verdict:
            wanted["passed"] = self.verdict == "passed"
        if self.dimensions:
            wanted["dimensions"] = [
                {"name": name, "level": level} for name, level in self.dimensions.items()
            ]
        if self.q:
            wanted["search"] = self.q
        return wanted
