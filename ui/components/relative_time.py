"""A time as a person says it; the exact one on hover."""

from nicegui import context

from ui import formats
from ui.components.base import tag

ZONE_COOKIE = "assay_zone"


def exact_time(value: str) -> str:
    """The time in the zone of the browser that looks at this page, and in UTC."""
    zone = formats.zone_of(context.client.request.cookies.get(ZONE_COOKIE))
    return formats.exact_and_utc(value, zone)


def relative_time(value: str | None) -> None:
    """``value`` is ISO 8601; None draws a dash."""
    if value is None:
        tag("span", formats.ABSENT, "muted")
        return
    tag("time", formats.relative(value), "", datetime=value, title=exact_time(value))
