"""Any address that no page has."""

from ui.client import viewer_api
from ui.pages.framework import as_document, draw_not_found, guarded
from ui.queries.fragments import SHELL
from ui.texts import _


@as_document
@guarded
async def draw() -> None:
    """Draw the page."""
    data = await viewer_api().query(f"query NotFoundPage {{ {SHELL} }}")
    draw_not_found(_("This page does not exist."), data)
