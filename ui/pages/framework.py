"""What all pages do alike: log in first, and say calmly what went wrong."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

from nicegui import context, ui
from starlette.responses import RedirectResponse

from ui.components.base import link, tag
from ui.components.empty_state import empty_state
from ui.components.error_panel import error_panel
from ui.errors import NotLoggedIn, UiError
from ui.shell import shell, wanted_address

Builder = Callable[..., Awaitable[Any]]

_RESPONSE_TIMEOUT_S: Final = 30.0
POLL_S: Final = 2.0
NO_SUCH: Final = frozenset({"NOT_FOUND", "INVALID_ID"})


def guarded(build: Builder) -> Builder:
    """Whoever is not logged in is sent to do so, and comes back; failures are drawn."""

    @wraps(build)
    async def build_safely(*args: Any, **kwargs: Any) -> Any:
        try:
            return await build(*args, **kwargs)
        except NotLoggedIn:
            return RedirectResponse(login_address(), status_code=303)
        except UiError as error:
            if error.code in NO_SUCH:
                draw_not_found("page")
            else:
                _draw_failure(error)
            return None

    return build_safely


def page(path: str, build: Builder) -> None:
    """Serve ``build`` at ``path``, guarded."""
    ui.page(path, response_timeout=_RESPONSE_TIMEOUT_S)(guarded(build))


def login_address() -> str:
    """The login page, which leads back to where this page is."""
    return f"/login?next={quote(wanted_address(), safe='')}"


def draw_not_found(
    what: str, data: dict[str, Any] | None = None, back: tuple[str, str] = ("Go to the runs", "/")
) -> None:
    """There is no such thing, or not for this viewer: both read the same."""
    context.client.status_code = 404
    with shell([("Not found", None)], data=data):
        empty_state(
            f"This {what} does not exist.",
            "It may have been typed wrong, or belong to another organization.",
            lambda: link(*back, "button button-primary"),
        )


def _draw_failure(error: UiError) -> None:
    context.client.status_code = 503
    with shell([("This page can't be shown", None)]):
        tag("p", "What you asked for could not be loaded. Nothing is lost.", "muted")
        error_panel("Loading failed", error, reload=True)
