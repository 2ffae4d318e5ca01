"""The boards of a run on its page."""

from typing import Any

import pytest

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, progress, run

KEY = "11111111-2222-3333-4444-555555abcdef"


def row(label: str, rank: int | None, value: float | None, *groups: int, **more: Any) -> Any:
    """A row of a board, whose interval is a tenth of its figure to each side."""
    interval = None if value is None else {"low": value * 0.9, "high": value * 1.1}
    return {
        "arm": {"id": f"arm-{label}", "label": label},
        "rank": rank,
        "estimate": None if value is None else {"value": value, "interval": interval},
        "tail": None,
        "count": 0 if value is None else 600,
        "clusters": 0 if value is None else 200,
        "lowSample": value is None,
        "detectableDifference": None if value is None else value / 5,
        "tieGroups": list(groups),
        "failed": 3,
        "unscored": 1,
        **more,
    }


def boards(**fields: Any) -> dict[str, Any]:
    """Three boards: `deep` passes most, `quick` is fastest, and nothing has a price."""
    tail = {"value": 900.0, "interval": {"low": 800.0, "high": 1000.0}}
    slow = {"value": 4_900.0, "interval": {"low": 4_800.0, "high": 5_000.0}}
    return {
        "partial": False,
        "level": 0.95,
        "quality": {
            "method": "WILSON_CLUSTERED",
            "separation": "PAIRED",
            "rows": [row("deep", 1, 0.8, 1), row("quick", 2, 0.5, 2), row("odd", 3, 0.4, 2)],
        },
        "speed": {
            "method": "BOOTSTRAP_QUANTILE",
            "separation": "INTERVALS",
            "rows": [
                row("quick", 1, 120.0, 1, clusters=None, tail=tail),
                row("deep", 2, 3_000.0, 2, clusters=None, tail=slow),
                row("odd", None, None),
            ],
        },
        "cost": {
            "method": "T",
            "separation": "INTERVALS",
            "rows": [row(label, None, None) for label in ("deep", "quick", "odd")],
        },
        **fields,
    }


async def test_a_person_sees_who_wins_how_sure_and_who_is_tied(site: Site) -> None:
    site.api.root["run"] = answers(run(boards=boards()))
    await site.user.open(f"/runs/{KEY}?tab=boards")
    for words in (
        "deep is first, by more than chance.",
        "quick is first, by more than chance.",
        "No attempt has a price.",
        "80.0%",
        "72.0% to 88.0%",
        "16.0 points",
        "of 200 scenarios",
        "3,000",
        "800 to 1,000",
        "600 ms",
    ):
        await site.user.should_see(words)
    await site.user.should_not_see("Partial:")


async def test_a_run_that_goes_on_says_so_and_shows_what_has_changed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)
    few = boards(partial=True)
    few["quality"]["rows"] = [row("quick", 1, 0.5, 1, lowSample=True, count=20, clusters=20)]
    going = run(status="RUNNING", progress=progress(60, done=20), boards=few)
    site.api.root["run"] = answers(going)
    await site.user.open(f"/runs/{KEY}?tab=boards")
    await site.user.should_see("Partial: 20 of 60 attempts have ended.")
    await site.user.should_see("quick is alone here")
    await site.user.should_see("few")
    site.api.root["run"] = answers(run(progress=progress(60), boards=boards()))
    await site.user.should_see("deep is first, by more than chance.", retries=100)
    await site.user.should_not_see("Partial:", retries=100)


async def test_boards_that_fail_say_so_and_can_be_asked_for_again(site: Site) -> None:
    site.api.root["run"] = answers(run(boards=boards()))
    site.api.broken = {"RunBoards"}
    await site.user.open(f"/runs/{KEY}?tab=boards")
    await site.user.should_see("The boards could not be loaded")
    site.api.broken = set()
    site.user.find("Try again").click()
    await site.user.should_see("deep is first, by more than chance.")
