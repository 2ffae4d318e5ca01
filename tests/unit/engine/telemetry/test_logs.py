"""Log lines."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from engine.telemetry.logs import Format, configure_logging

log = logging.getLogger("assay.tests")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, show = root.handlers[:], root.level, warnings.showwarning
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], warnings.showwarning = handlers, show
    root.setLevel(level)


def lines(format_: Format, level: str = "info") -> io.StringIO:
    """What is logged from now on."""
    stream = io.StringIO()
    configure_logging(level, format_, stream=stream)
    return stream


def test_json_has_a_line_for_each_record() -> None:
    stream = lines("json")
    log.info("one %s", "two", extra={"run": "r1", "count": 3})
    log.warning("line\nend")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "assay.tests",
        "message": "one two",
        "run": "r1",
        "count": 3,
    }
    assert second["message"] == "line\nend"


@pytest.mark.parametrize("format_", ["text", "json"])
def test_no_secret_reaches_a_line(format_: Format) -> None:
    stream = lines(format_)
    address = "postgresql://assay:hunter2hunter2@host/name"
    log.error(
        "at %s",
        address,
        exc_info=ValueError(address),
        extra={"url": address, "both": [address]},
    )
    said = stream.getvalue()
    assert "hunter2" not in said
    assert "ValueError" in said


def test_text_can_t_be_forged() -> None:
    stream = lines("text")
    log.info("a\n2026-01-01 00:00:00.000 ERROR   root: forged\x1b[31m")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_the_level_holds_and_libraries_are_quiet_below_debug() -> None:
    stream = lines("text", "warning")
    log.info("unheard")
    assert stream.getvalue() == ""
    stream = lines("text", "info")
    logging.getLogger("pgqueuer").info("chatter")
    log.info("heard")
    assert stream.getvalue().count("\n") == 1
    stream = lines("text", "debug")
    logging.getLogger("pgqueuer").debug("chatter")
    assert "chatter" in stream.getvalue()


def test_configuring_again_does_not_double_lines() -> None:
    lines("text")
    stream = lines("text")
    log.info("once")
    assert stream.getvalue().count("once") == 1
