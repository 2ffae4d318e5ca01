"""Numbers, times and ids as they are read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import formats, ids


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (None, formats.ABSENT),
        (0, "0.0%"),
        (1, "100.0%"),
        (0.5625, "56.2%"),
        (0.99999, "99.9%"),
        (1e-9, "<0.1%"),
    ],
)
def test_percent(ratio: float | None, shown: str) -> None:
    assert formats.percent(ratio) == shown


@given(st.floats(0, 1))
def test_only_everything_is_100_percent_and_only_nothing_is_0(ratio: float) -> None:
    shown = formats.percent(ratio)
    assert (shown == "100.0%") == (ratio == 1)
    assert (shown == "0.0%") == (ratio == 0)


@pytest.mark.parametrize(
    ("usd", "shown"),
    [(None, "unpriced"), ("0", "$0.00"), ("1234.5", "$1,234.50"), ("0.01234", "$0.012")],
)
def test_cost(usd: str | None, shown: str) -> None:
    assert formats.cost(usd) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1500, "1.5 s"),
        (59_900, "1 min 0 s"),
        (7_500_000, "2 h 5 min"),
    ],
)
def test_duration(ms: float, shown: str) -> None:
    assert formats.duration(ms) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [(1, "just now"), (59, "59 seconds ago"), (60, "1 minute ago"), (7200, "2 hours ago")],
)
def test_relative(ago: int, shown: str) -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    assert formats.relative((now - timedelta(seconds=ago)).isoformat(), now) == shown


def test_the_exact_time_is_in_the_viewers_zone_and_in_utc() -> None:
    at = "2026-03-04T23:30:00+00:00"
    both = "5 March 2026, 00:30:00 CET\n4 March 2026, 23:30:00 UTC"
    assert formats.exact_and_utc(at, formats.zone_of("Europe/Berlin")) == both
    assert formats.exact_and_utc(at, formats.zone_of(None)) == "4 March 2026, 23:30:00 UTC"


def test_the_exact_time_is_in_the_viewers_zone() -> None:
    at = "2026-03-04T12:00:00+00:00"
    assert formats.exact(at) == "4 March 2026, 12:00:00 UTC"
    assert formats.zone_of("not/a zone") is UTC
    assert formats.zone_of(None) is UTC


@given(st.uuids())
def test_an_address_holds_the_key_of_an_id(key: object) -> None:
    node_id = ids.node_id("Run", str(key))
    assert ids.key_of(node_id) == str(key)
    assert ids.node_id("Run", node_id) == node_id
    assert ids.run_path(node_id) == f"/runs/{key}"
