"""What commands print."""

from decimal import Decimal
from pathlib import Path

import pytest

from cli.output import counted, dollars, duration_ms, duration_s, percent, program
from cli.progress import Rate


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (3780, "1 h 03 min")],
)
def test_seconds(value: float, text: str) -> None:
    assert duration_s(value) == text


def test_small_numbers_are_not_rounded_away_and_unknown_ones_are_not_zero() -> None:
    assert dollars(Decimal("0.000123")) == "$0.000123"
    assert dollars(Decimal("1234.5")) == "$1,234.50"
    assert (dollars(None), percent(None), duration_ms(None)) == ("-", "-", "-")
    assert (duration_ms(0.25), duration_ms(412.4), duration_ms(3210)) == (
        "0.2 ms",
        "412 ms",
        "3.2 s",
    )


def test_a_rate_is_that_of_the_last_seconds() -> None:
    assert Rate().per_second is None
    rate = Rate()
    rate.add(0, 0.0)
    assert rate.remaining_s(10) is None
    rate.add(100, 10.0)
    assert rate.per_second == 10
    assert rate.remaining_s(50) == 5
    for second in range(11, 31):
        rate.add(100 + second - 10, float(second))
    assert rate.per_second == 1


def test_a_printed_command_can_be_pasted_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "bin" / "assay"
    installed.parent.mkdir()
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setenv("PATH", str(installed.parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(installed)])
    assert program() == "assay"
    monkeypatch.setattr("sys.argv", ["bin/assay"])
    assert program() == "assay"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == "bin/assay"
    monkeypatch.setattr("sys.argv", ["my bin/assay"])
    assert program() == "'my bin/assay'"
    monkeypatch.setattr("sys.argv", ["/somewhere/cli/main.py"])
    assert program() == "assay"


def test_one_is_not_many() -> None:
    assert (counted(1, "arm"), counted(0, "arm"), counted(1319, "arm")) == (
        "1 arm",
        "0 arms",
        "1,319 arms",
    )
