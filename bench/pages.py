"""How fast the pages are over 1,000,000 attempts, in Chromium.

Cold is a new browser with an empty profile, warm the second navigation in it. A time ends when the
rows of the page's table are there to be read.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import Page, async_playwright

from bench.browser import Visit, Window, window
from bench.figures import Figure
from bench.stage import Stage

_ROWS: Final = "main table tbody tr a"
_MESSAGES: Final = "main .message"
_FIRST_LINK: Final = "main table tbody tr a"


@dataclass(frozen=True, slots=True)
class _Place:
    """A page that is looked at: what is waited for on it, and its goals in milliseconds."""

    name: str
    path: str
    rows: str
    cold_ms: float | None
    warm_ms: float | None
    cold_field: str | None = None
    warm_field: str | None = None


@dataclass(slots=True)
class _Seen:
    """The visits of one place, a round each."""

    place: _Place
    cold: list[Visit] = field(default_factory=list)
    warm: list[Visit] = field(default_factory=list)
    tabs: list[int] = field(default_factory=list)
    violations: list[int] = field(default_factory=list)
    hosts: list[int] = field(default_factory=list)


def _places(stage: Stage) -> list[_Place]:
    run = f"/runs/{stage.largest_run}"
    return [
        _Place("list page", "/", _ROWS, 800, 500, "669", "577"),
        _Place("run page", f"{run}?tab=transcripts", _ROWS, 900, 700, "914", "965"),
    ]


async def measure(stage: Stage, rounds: int) -> list[Figure]:
    """Visit every place ``rounds`` times, cold and warm, and use what can be used there."""
    seen = [_Seen(place) for place in _places(stage)]
    used: dict[str, list[float]] = {
        "open a transcript": [],
        "filter": [],
        "sort": [],
        "next page": [],
    }
    async with async_playwright() as playwright:
        # The first page after a start loads what all later ones share.
        async with window(playwright, stage, _ROWS) as first:
            first_ms = (await first.visit("/")).rows_ms
        for _ in range(rounds):
            for one in seen:
                async with window(playwright, stage, one.place.rows) as made:
                    await _look(made, one)
            async with window(playwright, stage, f"{_ROWS}, {_MESSAGES}") as made:
                await _use(made, stage, used)
    return [
        *(figure for one in seen for figure in _figures(one)),
        Figure("first page after a start", "ms", [first_ms]),
        Figure("open a transcript", "ms", used["open a transcript"], 200, "198"),
        Figure("filter", "ms", used["filter"], 300, "344"),
        Figure("sort", "ms", used["sort"], 100, "102"),
        Figure("next page", "ms", used["next page"], 300),
        *_all_pages(seen),
    ]


async def _look(made: Window, one: _Seen) -> None:
    one.cold.append(await made.visit(one.place.path))
    one.hosts.append(made.outside_hosts)
    one.warm.append(await made.visit(one.place.path))
    one.hosts.append(made.outside_hosts)
    one.tabs.append(await made.tabs_to(_FIRST_LINK))
    found = [line for theme in ("light", "dark") for line in await made.violations(theme)]
    one.violations.append(len(found))


async def _use(made: Window, stage: Stage, used: dict[str, list[float]]) -> None:
    """Filter, sort, turn the page, open a transcript, by what a reader clicks."""
    page = made.page
    await made.visit("/")
    await page.locator("summary", has_text="Status").click()
    await page.get_by_role("checkbox", name="Failed").check()
    apply = page.get_by_role("button", name="Apply").first
    used["filter"].append(await _until(page, apply.click(), _every_row("Failed")))
    await made.visit("/")
    order = page.get_by_label("Order")
    used["sort"].append(await _until(page, order.select_option("longest"), _sorted("longest")))
    await made.visit(f"/runs/{stage.largest_run}?tab=transcripts")
    first = await page.locator(_FIRST_LINK).first.get_attribute("href")
    assert first is not None, "the run has transcripts"
    onward = page.locator("main nav a[href*='after=']").first
    gone = f"""document.querySelector('main a[href="{first}"]') === null"""
    shown = f"{gone} && {_present(_FIRST_LINK)}"
    used["next page"].append(await _until(page, onward.click(), shown))
    row = page.locator(_FIRST_LINK).first
    used["open a transcript"].append(await _until(page, row.click(), _present(_MESSAGES)))


async def _until(page: Page, act: Awaitable[object], condition: str) -> float:
    """Milliseconds from what the reader does until ``condition`` holds."""
    began = time.perf_counter()
    await act
    await page.wait_for_function(condition)
    return (time.perf_counter() - began) * 1000


def _present(selector: str) -> str:
    return f"document.querySelector({selector!r})?.getClientRects().length > 0"


def _every_row(word: str) -> str:
    rows = "[...document.querySelectorAll('main table tbody tr')]"
    return f"{rows}.length > 0 && {rows}.every((row) => row.textContent.includes({word!r}))"


def _sorted(order: str) -> str:
    return f"location.search === '?sort={order}' && {_present(_ROWS)}"


def _figures(one: _Seen) -> list[Figure]:
    place = one.place
    live = [visit.live_ms for visit in one.warm]
    return [
        Figure(
            f"{place.name}, cold", "ms", _each(one.cold, _rows), place.cold_ms, place.cold_field
        ),
        Figure(
            f"{place.name}, warm", "ms", _each(one.warm, _rows), place.warm_ms, place.warm_field
        ),
        Figure(f"{place.name}, warm, live", "ms", live),
    ]


def _all_pages(seen: Sequence[_Seen]) -> list[Figure]:
    """What must hold on every page: the worst of them, round by round."""
    cold = [one.cold for one in seen]
    warm = [one.warm for one in seen]
    return [
        Figure(
            "longest main-thread task",
            "ms",
            _worst([*cold, *warm], lambda visit: visit.longest_task_ms),
            150,
            "167",
        ),
        Figure("bytes, cold", "KB", _worst(cold, _kilobytes), 1300, "900"),
        Figure("bytes, warm", "KB", _worst(warm, _kilobytes), 50, "4-47"),
        Figure(
            "Tab presses to the first row",
            "presses",
            [max(counts) for counts in zip(*(one.tabs for one in seen), strict=True)],
            5,
            "30",
        ),
        Figure(
            "axe violations, both themes",
            "violations",
            [sum(counts) for counts in zip(*(one.violations for one in seen), strict=True)],
            0,
            "0-64",
        ),
        Figure("outside hosts", "hosts", [max(max(one.hosts) for one in seen)], 0, "0"),
    ]


def _each(visits: Sequence[Visit], value: Callable[[Visit], float]) -> list[float]:
    return [value(visit) for visit in visits]


def _worst(pages: Sequence[Sequence[Visit]], value: Callable[[Visit], float]) -> list[float]:
    return [max(value(visit) for visit in one) for one in zip(*pages, strict=True)]


def _rows(visit: Visit) -> float:
    return visit.rows_ms


def _kilobytes(visit: Visit) -> float:
    return visit.bytes / 1000
