"""Any address that no page has."""

from ui.client import viewer_api
from ui.pages.framework import draw_not_found, guarded
from ui.queries.fragments import SHELL


@guarded
async def draw() -> None:
    """Draw the page."""
    data = await viewer_api().query(f"query NotFound {{ {SHELL} }}")
    draw_not_found("page", data)
