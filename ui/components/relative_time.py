"""A time as a person says it; the exact one on hover."""

from datetime import tzinfo

from ui import formats
from ui.asked import asked
from ui.components.base import tag

ZONE_COOKIE = "assay_zone"


def viewer_zone() -> tzinfo:
    """The zone of the browser that looks at this page."""
    return formats.zone_of(asked().cookies.get(ZONE_COOKIE))


def exact_time(value: str) -> str:
    """The time in the viewer's zone, and in UTC."""
    return formats.exact_and_utc(value, viewer_zone())


def relative_time(value: str | None) -> None:
    """``value`` is ISO 8601; None draws a dash."""
    if value is None:
        tag("span", formats.ABSENT, "muted")
        return
    tag("time", formats.relative(value), "", datetime=value, title=exact_time(value))
