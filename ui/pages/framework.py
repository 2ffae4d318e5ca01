"""What all pages do alike: log in first, and say calmly what went wrong."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

from nicegui import context, ui
from starlette.responses import RedirectResponse

from ui.components.base import link, tag
from ui.components.boundary import as_ui_error
from ui.components.empty_state import empty_state
from ui.components.error_panel import error_panel
from ui.errors import NotLoggedIn, UiError
from ui.first_paint import add_first_paint
from ui.shell import shell, wanted_address
from ui.texts import _
from ui.visits import add_place, answer_visits

log = logging.getLogger(__name__)

Builder = Callable[..., Awaitable[Any]]

_RESPONSE_TIMEOUT_S: Final = 30.0
POLL_S: Final = 2.0
NO_SUCH: Final = frozenset({"NOT_FOUND", "INVALID_ID"})


def guarded(build: Builder) -> Builder:
    """Whoever is not logged in is sent to do so, and comes back; failures are drawn."""

    @wraps(build)
    async def build_safely(*args: Any, **kwargs: Any) -> Any:
        try:
            answer = await build(*args, **kwargs)
        except NotLoggedIn:
            return RedirectResponse(login_address(), status_code=303)
        except UiError as error:
            answer = None
            if error.code in NO_SUCH:
                draw_not_found(_("This page does not exist."))
            else:
                _draw_failure(error)
        except Exception as error:
            log.exception("the page %s could not be drawn", wanted_address())
            answer = None
            context.slot.parent.clear()
            _draw_failure(as_ui_error(error))
        return answer

    return build_safely


def page(path: str, build: Builder) -> None:
    """Serve ``build`` at ``path``: as a document, and to links that are followed inside one."""
    build = guarded(build)
    add_place(path, build)
    ui.page(path, response_timeout=_RESPONSE_TIMEOUT_S)(as_document(build))


def as_document(build: Builder) -> Builder:
    """What ``build`` draws, to be read before any script runs, and ready to follow links."""

    @wraps(build)
    async def build_document(*args: Any, **kwargs: Any) -> Any:
        answer = await build(*args, **kwargs)
        if answer is None:
            answer_visits()
            add_first_paint(context.client)
        return answer

    return build_document


def login_address() -> str:
    """The login page, which leads back to where this page is."""
    return f"/login?next={quote(wanted_address(), safe='')}"


def draw_not_found(
    title: str, data: dict[str, Any] | None = None, back: tuple[str, str] | None = None
) -> None:
    """There is no such thing, or not for this viewer: both read the same. ``title`` says what;
    ``back`` leads on: words and a path, else to the runs."""
    context.client.status_code = 404
    with shell([(_("Not found"), None)], data=data):
        empty_state(
            title,
            _("It may have been typed wrong, or belong to another organization."),
            lambda: link(*(back or (_("Go to the runs"), "/")), "button button-primary"),
        )


def _draw_failure(error: UiError) -> None:
    context.client.status_code = 503
    with shell([(_("This page can't be shown"), None)]):
        tag("p", _("What you asked for could not be loaded. Nothing is lost."), "muted")
        error_panel(_("Loading failed"), error, reload=True)
