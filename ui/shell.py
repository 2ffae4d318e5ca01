"""What surrounds every page: the rail, the breadcrumb, who and where you are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from nicegui import Client, context, ui

from ui.asked import asked, is_visit
from ui.components.base import Tag, button, link, tag
from ui.components.boundary import as_ui_error
from ui.components.error_panel import error_panel
from ui.components.icon import icon
from ui.components.still import still_part
from ui.errors import NotLoggedIn
from ui.texts import SOURCE_LANGUAGE, _, later, page_language
from ui.told import health_words, told_html

# path -> (word, icon)
ENTRIES: Final = {
    "/": (later("Runs"), "runs"),
    "/definitions": (later("Definitions"), "definitions"),
    "/compare": (later("Compare"), "compare"),
    "/grids": (later("Grids"), "grids"),
    "/health": (later("Health"), "health"),
}

Crumb = tuple[str, str | None]

_TROUBLE: Final = "assay_trouble"


@contextmanager
def shell(
    crumbs: Sequence[Crumb],
    *,
    section: str = "",
    data: dict[str, Any] | None = None,
    skip_to: tuple[str, str] | None = None,
) -> Iterator[None]:
    """Draw the frame and stand inside its main part.

    ``crumbs``: (words, path) from the outside in; the last is the page itself and has no path.
    ``data`` holds `viewer` and `health`, None where they could not be asked for. ``skip_to``:
    words and the id of what a keyboard goes to first, where that isn't the content's beginning.
    """
    if not is_visit():
        _prepare_document()
    ui.page_title(f"{crumbs[-1][0]} · Assay")
    words, target = skip_to or (_("Skip to the content"), "content")
    link(words, f"#{target}", "skip-link", data_do="skip")
    with tag("div", "", "shell"):
        with still_part():
            _rail(section, data)
        with tag("main"):
            with still_part():
                _topbar(crumbs, data)
            with tag("div", "", "content", id="content", tabindex="-1"):
                context.client.storage[_TROUBLE] = tag("div", "", "page-trouble")
                yield


def _prepare_document() -> None:
    """What a document has once, whichever pages are shown in it."""
    _plain_frame()
    _say_language()
    ui.add_head_html(told_html())
    _tell_of_failures(context.client)


def _tell_of_failures(client: Client) -> None:
    """What fails later, in an event or a timer, and is told nowhere else, is told on the page."""

    def tell(error: Exception) -> None:
        if isinstance(error, NotLoggedIn):
            return  # the page is being left for the login
        area: Tag = client.storage[_TROUBLE]
        area.clear()
        with area:
            error_panel(_("That did not work"), as_ui_error(error))

    client.on_exception(tell)


def _plain_frame() -> None:
    """NiceGUI's frame, a Quasar layout with a `main` of its own, as plain boxes: ours is inside."""
    layout = context.client.layout
    for element in (layout, context.client.page_container, *context.client.page_container):
        element.tag = "div"


def _say_language() -> None:
    """NiceGUI says the language of the whole product, ours is each viewer's own."""
    language = page_language().replace("_", "-")
    if language != SOURCE_LANGUAGE:
        ui.add_head_html(f'<script>document.documentElement.lang = "{language}";</script>')


def _rail(section: str, data: dict[str, Any] | None) -> None:
    with tag("header", "", "rail"):
        with link("", "/", "brand", aria_label=_("Assay, to the runs")):
            tag("img", src="/favicon.ico", alt="")
            tag("span", "Assay")
        with tag("nav", "", "", aria_label=_("Main")):
            for path, (words, picture) in ENTRIES.items():
                current = "page" if path == section else None
                with link("", path, "rail-entry", aria_current=current):
                    icon(picture)
                    tag("span", _(words))
        with tag("div", "", "rail-foot"):
            if data is not None:
                with tag("div", "", "who small"):
                    tag("div", data["viewer"]["actor"])
                    tag("div", data["viewer"]["role"].lower(), "muted")
            _rail_button(_("Shortcuts"), "keyboard", "openShortcuts", id="open-shortcuts")
            _rail_button(_("Light or dark"), "theme", "toggleTheme")
            if data is not None:
                with (
                    tag("form", method="post", action="/logout"),
                    tag("button", "", "", type="submit", aria_label=_("Log out")),
                ):
                    icon("logout")
                    tag("span", _("Log out"))


def _rail_button(words: str, picture: str, do: str, **attributes: str) -> None:
    with tag("button", "", "", type="button", aria_label=words, data_do=do, **attributes):
        icon(picture)
        tag("span", words)


def _topbar(crumbs: Sequence[Crumb], data: dict[str, Any] | None) -> None:
    with tag("div", "", "topbar"):
        with tag("h1"):
            for words, path in crumbs:
                if path is None:
                    tag("span", words)
                else:
                    link(words, path)
                    tag("span", "/", "sep", aria_hidden="true")
        with tag("div", "", "here"):
            with button(
                "",
                classes="palette-button",
                data_do="openPalette",
                id="open-palette",
                aria_keyshortcuts="Control+K Meta+K",
            ):
                icon("search")
                tag("span", _("Find"))
                tag("kbd", _("Ctrl K"), aria_hidden="true")
            if data is not None:
                tag("span", data["viewer"]["organization"], "organization muted")
                status = data["health"]["status"]
                with link("", "/health", f"health-dot is-{status}", title=_("Health")):
                    tag("span", health_words(status))


def wanted_address() -> str:
    """The path and query of the page that was asked for."""
    url = asked().url
    return f"{url.path}?{url.query}" if url.query else url.path
