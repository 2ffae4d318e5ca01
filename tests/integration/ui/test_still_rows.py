"""Rows that won't change are one element to the browser each, and read as before."""

from collections.abc import Callable, Mapping

from nicegui import ElementFilter, ui

from tests.integration.ui.conftest import Site
from tests.integration.ui.html import first_paint
from ui.components.base import button, tag
from ui.components.data_table import Column, DataTable
from ui.components.still import Still
from ui.first_paint import add_first_paint
from ui.shell import shell

_Row = Mapping[str, str]
_HOSTILE = '<img src=x onerror="alert(1)"> & "so on"'


def _draw_words(words: str) -> None:
    tag("b", words)


def _draw_button(words: str) -> None:
    button(words, print)


def _fail(words: str) -> None:
    raise ValueError(words)


def _table(rows: list[_Row], draw: Callable[[str], None] = _draw_words) -> DataTable[_Row]:
    columns: list[Column[_Row]] = [
        Column("Name", lambda row: row["name"]),
        Column("Words", lambda row: row["words"], draw),
    ]
    return DataTable(
        "Rows",
        columns,
        rows,
        key=lambda row: row["name"],
        href=lambda row: f"/rows/{row['name']}",
        still=lambda row: row["state"] == "done",
    )


async def test_what_people_wrote_stays_text(site: Site) -> None:
    @ui.page("/still")
    def still() -> None:
        with shell([("Still", None)]):
            _table([{"name": "a", "words": _HOSTILE, "state": "done"}])
        add_first_paint(ui.context.client)

    page = (await site.http.get("/still")).text
    row = first_paint(page).partition("<tbody")[2].partition("</tbody>")[0]
    assert '&lt;img src=x onerror="alert(1)"&gt; &amp; "so on"' in row
    assert 'href="/rows/a"' in row
    await site.user.open("/still")
    with site.user:
        (element,) = (still for still in ElementFilter(kind=Still) if still.tag == "tr")
    assert not list(element.descendants())


async def test_a_row_that_changes_all_the_same_is_shown_as_it_is(site: Site) -> None:
    tables = []

    @ui.page("/changes")
    def changes() -> None:
        tables.append(_table([{"name": "a", "words": "before", "state": "done"}]))

    await site.user.open("/changes")
    await site.user.should_see("before")
    with site.user:
        tables[0].show([{"name": "a", "words": "after", "state": "done"}])
        await site.user.should_see("after")
        await site.user.should_not_see("before")
        assert len(list(ElementFilter(kind=Still))) == 1


async def test_a_row_that_answers_or_may_change_stays_alive(site: Site) -> None:
    @ui.page("/alive")
    def alive() -> None:
        _table([{"name": "a", "words": "", "state": "running"}])
        _table([{"name": "b", "words": "", "state": "done"}], _draw_button)
        _table([{"name": "c", "words": "", "state": "done"}], _fail)

    await site.user.open("/alive")
    await site.user.should_see("This part can't be shown")
    with site.user:
        assert not list(ElementFilter(kind=Still))
