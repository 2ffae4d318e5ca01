"""A part of a page whose failure stays its own: an error panel in its place, the rest alive."""

import logging
from collections.abc import Callable
from typing import Any

from ui.components.base import Tag
from ui.components.error_panel import error_panel
from ui.errors import UiError
from ui.texts import _

log = logging.getLogger(__name__)


def draw_bounded(
    area: Tag, draw: Callable[[], None], trouble: str | None = None, retry: Any = None
) -> None:
    """Draw into the empty ``area``; what fails is logged and told there under ``trouble``.

    ``retry`` is offered to try again; None: to draw the same once more.
    """
    try:
        with area:
            draw()
    except Exception as error:
        log.exception("a part of a page could not be drawn")
        area.clear()
        with area:
            error_panel(
                trouble or _("This part can't be shown"),
                as_ui_error(error),
                retry or (lambda: _again(area, draw, trouble)),
            )


def as_ui_error(error: Exception) -> UiError:
    """An error that can be shown: a bug's own words stay in the log."""
    if isinstance(error, UiError):
        return error
    return UiError(_("Something in Assay went wrong. The server's log says what."), code="INTERNAL")


def _again(area: Tag, draw: Callable[[], None], trouble: str | None) -> None:
    area.clear()
    draw_bounded(area, draw, trouble)
