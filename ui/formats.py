"""Numbers, times and ids as a person reads them."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from ui.texts import _, plural

_CENT: Final = Decimal("0.01")
ABSENT: Final = "–"  # noqa: RUF001  (a dash where a table has no value)


def count(value: int | None) -> str:
    """1319 -> 1,319."""
    return ABSENT if value is None else f"{value:,}"


def percent(ratio: float | None) -> str:
    """0.5625 -> 56.3%. Only what is everything says 100%, only what is nothing 0%."""
    if ratio is None:
        return ABSENT
    shown = round(ratio * 100, 1)
    if shown >= 100 and ratio < 1:
        shown = 99.9
    if shown <= 0 and ratio > 0:
        return "<0.1%"
    return f"{shown:.1f}%"


def decimal(value: float | None, places: int = 3) -> str:
    """A mean or a score."""
    return ABSENT if value is None else f"{value:,.{places}f}"


def probability(value: float) -> str:
    """A p-value to three places; one that is smaller still says so."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def milliseconds(value: float | None) -> str:
    """A latency in whole milliseconds, or with a digit more below ten."""
    if value is None:
        return ABSENT
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def cost(value: str | None) -> str:
    """US dollars, to the cent, or to two digits of what is less and no whole cents; None is not
    free but unpriced."""
    if value is None:
        return _("unpriced")
    amount = Decimal(value)
    if amount >= 1 or amount == amount.quantize(_CENT):
        return f"${amount:,.2f}"
    places = max(2, 1 - amount.adjusted())
    return f"${amount:.{min(places, 8)}f}"


def duration(ms: float | None) -> str:
    """840 -> 840 ms, 61000 -> 1 min 1 s, 7500000 -> 2 h 5 min."""
    if ms is None:
        return ABSENT
    if ms < 9950:
        return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
    whole = round(ms / 1000)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"


def rate(per_second: float | None) -> str:
    """Attempts in a second."""
    if per_second is None:
        return ABSENT
    return f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"


def instant(value: str) -> datetime:
    """An ISO 8601 time of the API."""
    return datetime.fromisoformat(value)


def relative(value: str, now: datetime | None = None) -> str:
    """How long ago, in words."""
    then = instant(value)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 5:
        return _("just now")
    if seconds >= 30 * 86400:
        return f"{then:%-d %b %Y}"
    if seconds >= 86400:
        return plural("{n} day ago", "{n} days ago", int(seconds // 86400))
    if seconds >= 3600:
        return plural("{n} hour ago", "{n} hours ago", int(seconds // 3600))
    if seconds >= 60:
        return plural("{n} minute ago", "{n} minutes ago", int(seconds // 60))
    return plural("{n} second ago", "{n} seconds ago", int(seconds))


def exact(value: str, zone: tzinfo = UTC) -> str:
    """The time to the second, with its zone."""
    return f"{instant(value).astimezone(zone):%-d %B %Y, %H:%M:%S %Z}"


def exact_and_utc(value: str, zone: tzinfo) -> str:
    """The exact time in a zone and, under it, in UTC where that reads differently."""
    here, utc = exact(value, zone), exact(value)
    return here if here == utc else f"{here}\n{utc}"


def zone_of(name: str | None) -> tzinfo:
    """The zone that the browser says it is in; UTC where that means nothing here."""
    if not name:
        return UTC
    try:
        return ZoneInfo(unquote(name))
    except (ValueError, OSError, KeyError):
        return UTC


def short_id(value: str) -> str:
    """The end of an id: its beginning is a time, and the same for what was made together."""
    return value.replace("-", "")[-6:]
